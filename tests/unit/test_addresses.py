"""Malformed addresses are refused by the name of their setting, always as BadInput."""

from dataclasses import replace
from pathlib import Path

import pytest

from ppa.client.api import connect_api
from ppa.core.errors import BadInput
from ppa.ops.addresses import UNREADABLE, split_address, split_web_address
from ppa.ops.logs import setup_logs
from ppa.ops.secrets import redactor
from ppa.ops.settings import Settings, load_settings
from ppa.outside.alerts.webhook import check_address
from ppa.reports.status.storage_usage import _place
from ppa.storage.warehouse.bigquery_client import parse_address

MALFORMED = [
    "http://[",
    "http://]",
    "http://[::1",
    "//",
    "\x00",
    "http://a:b",
    "http://a:99999",
    "http://",
    "http://ab\n",
    "http://℀.example",
    "localhost:8080",
    "http" * 20_000,
]


@pytest.mark.parametrize("address", MALFORMED, ids=lambda text: ascii(text[:20]))
def test_a_malformed_address_has_no_parts(address: str) -> None:
    assert split_web_address(address) == UNREADABLE
    split_address(address)


@pytest.mark.parametrize("address", MALFORMED, ids=lambda text: ascii(text[:20]))
@pytest.mark.parametrize(
    "name",
    ["PPA_GRAFANA_URL", "PPA_MLFLOW_URL", "MLFLOW_TRACKING_URI", "PPA_FRED_BASE_URL", "PPA_IAP_BASE_URL"],
)
def test_a_setting_with_a_malformed_address_is_refused_by_its_name(name: str, address: str) -> None:
    with pytest.raises(BadInput, match=name) as refused:
        load_settings({name: address})
    assert len(str(refused.value)) < 200


@pytest.mark.parametrize("address", MALFORMED, ids=lambda text: ascii(text[:20]))
def test_the_webhook_and_the_app_of_a_malformed_address_are_refused(
    address: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with pytest.raises(BadInput, match="PPA_ALERT_URL"):
        check_address(address)
    monkeypatch.setattr("os.environ", {"PPA_URL": address})
    with pytest.raises(BadInput, match="PPA_URL"), connect_api(Settings(home=tmp_path)):
        pass


@pytest.mark.parametrize("address", MALFORMED, ids=lambda text: ascii(text[:20]))
def test_a_malformed_address_among_the_settings_is_still_redacted_and_logged(
    address: str, tmp_path: Path
) -> None:
    settings = replace(
        Settings(home=tmp_path), alert_url=address, base_urls={"fred": address}, warehouse=address
    )
    assert address not in redactor(settings).text(f"to {address}!")
    setup_logs(settings, {})
    _place(f"gs://{address}")


@pytest.mark.parametrize("address", [*MALFORMED, "bigquery://[", "bigquery://a]/b", "bigquery://a/b\x00"])
def test_a_malformed_address_of_a_warehouse_is_refused(address: str) -> None:
    with pytest.raises(BadInput, match="warehouse address"):
        parse_address(address)


@pytest.mark.parametrize(
    "address", ["http://localhost:8080", "https://a.example.com/b?c=1", "http://[::1]:80"]
)
def test_an_address_that_is_fine_keeps_its_parts(address: str) -> None:
    assert split_web_address(address).geturl() == address
