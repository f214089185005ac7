"""Settings: parsing, defaults, and errors that name the variable."""

from dataclasses import FrozenInstanceError
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ppa.core.errors import BadInput
from ppa.ops.settings import Settings, load_settings


def test_nothing_said_is_a_platform_in_the_clone_wherever_one_stands(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    settings = load_settings({})
    assert settings.home == Path(__file__).parents[2] / ".ppa"
    assert (settings.source, settings.port, settings.seed, settings.user) == ("auto", 8080, 7, "local")
    assert settings.history_from == datetime(2017, 1, 1, tzinfo=UTC)
    assert settings.warehouse_address == str(settings.home / "warehouse.duckdb")
    assert settings.models_address == str(settings.home / "models")


def test_everything_can_be_said(tmp_path):
    settings = load_settings(
        {
            "PPA_HOME": str(tmp_path),
            "PPA_SOURCE": "synthetic",
            "PORT": "9000",
            "PPA_SEED": "42",
            "PPA_HISTORY_FROM": "2024-02-29",
            "PPA_USER": "ann",
            "PPA_WAREHOUSE": "bigquery://project/dataset",
            "PPA_MODELS": "gs://bucket",
            "PPA_POLYGON_API_KEY": "secret",
            "PPA_FRED_BASE_URL": "http://localhost:1",
        }
    )
    assert settings == Settings(
        home=tmp_path,
        source="synthetic",
        port=9000,
        seed=42,
        history_from=datetime(2024, 2, 29, tzinfo=UTC),
        user="ann",
        warehouse="bigquery://project/dataset",
        models="gs://bucket",
        keys={"polygon": "secret"},
        base_urls={"fred": "http://localhost:1"},
    )
    assert settings.warehouse_address == "bigquery://project/dataset"
    assert settings.models_address == "gs://bucket"


@pytest.mark.parametrize(
    ("name", "value", "advice"),
    [
        ("PPA_SOURCE", "polygon", "one of auto, synthetic, csv, real"),
        ("PPA_SOURCE", "Synthetic ", "one of"),
        ("PORT", "http", "whole number from 1 to 65535"),
        ("PORT", "0", "whole number from 1"),
        ("PORT", "65536", "to 65535"),
        ("PORT", "-80", "whole number"),
        ("PORT", "80.0", "whole number"),
        ("PORT", "8²", "whole number"),
        ("PPA_SEED", "seven", "whole number"),
        ("PPA_SEED", "9" * 30, "whole number"),
        ("PPA_HISTORY_FROM", "01/02/2024", "a day such as 2017-01-01"),
        ("PPA_HISTORY_FROM", "2023-02-29", "a day such as"),
        ("PPA_HISTORY_FROM", "1066-10-14", "2009-01-01 or later"),
        ("PPA_HOME", "~nobody-by-that-name/ppa", "folder"),
    ],
)
def test_a_value_that_cannot_be_read_is_named_with_what_to_do(name, value, advice):
    with pytest.raises(BadInput) as refused:
        load_settings({name: value})
    sentence = str(refused.value)
    assert sentence.startswith(f"{name} is '{value[:20]}")
    assert advice in sentence
    assert [wrong.field for wrong in refused.value.errors] == [name]
    assert sentence.endswith(".")
    assert "\n" not in sentence
    assert len(sentence) < 200


def test_every_wrong_variable_is_named_at_once_without_what_may_be_secret():
    with pytest.raises(BadInput) as refused:
        load_settings(
            {"PORT": "http", "PPA_BUDGET": "much", "PPA_FRED_BASE_URL": "password", "PPA_SEED": "8"}
        )
    assert [wrong.field for wrong in refused.value.errors] == ["PORT", "PPA_FRED_BASE_URL", "PPA_BUDGET"]
    assert "PORT is 'http'; PPA_FRED_BASE_URL cannot be used; PPA_BUDGET is 'much'." in str(refused.value)
    assert "password" not in str(refused.value)


@pytest.mark.parametrize(
    "name", ["PPA_HOME", "PPA_SOURCE", "PORT", "PPA_SEED", "PPA_HISTORY_FROM", "PPA_USER"]
)
def test_a_variable_that_is_set_to_nothing_is_not_set(name):
    assert load_settings({name: ""}) == load_settings({})


def test_keys_and_addresses_are_told_apart_by_provider_and_those_of_others_left_alone():
    settings = load_settings(
        {
            "PPA_ALPHAVANTAGE_API_KEY": "one",
            "PPA_FRED_API_KEY": "",
            "OTHER_API_KEY": "two",
            "PPA_COINBASE_BASE_URL": "http://localhost:2",
        }
    )
    assert settings.keys == {"alphavantage": "one"}
    assert settings.base_urls == {"coinbase": "http://localhost:2"}


def test_a_key_is_never_written_out():
    assert "secret" not in repr(load_settings({"PPA_POLYGON_API_KEY": "secret"}))


def test_settings_stay_as_they_were_read():
    with pytest.raises(FrozenInstanceError):
        load_settings({}).port = 1
