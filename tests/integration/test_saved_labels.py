"""Saved labels over a socket and by command: compare, archive, restore, download."""

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from platforms import SPEC, ask, assert_problem, copied, served, small

from ppa.cli.entry import main

OTHER = {"lookahead": 6, "threshold": 0.015, "name": "A little more"}


@dataclass(frozen=True)
class Site:
    """App on a socket, with commands in this process."""

    url: str
    capsys: pytest.CaptureFixture[str]
    monkeypatch: pytest.MonkeyPatch

    def ask(self, path: str, method: str = "GET", **options: Any) -> Any:
        """Send a request below /api/v1."""
        return ask(f"{self.url}/api/v1/{path}", method, **options)

    def ppa(self, *arguments: str) -> str:
        """Output of a command that succeeds."""
        self.capsys.readouterr()
        self.monkeypatch.setattr(sys, "argv", ["ppa", *arguments])
        main()
        return self.capsys.readouterr().out


@pytest.fixture(scope="module")
def running(history: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Platform with one label of two models, one of them active."""
    lived = small(copied(history, tmp_path_factory.mktemp("labels")))
    lived.activate("calm-v1")
    with served(lived.platform) as url:
        yield url
    lived.platform.close()


@pytest.fixture
def site(running: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Site:
    monkeypatch.setenv("PPA_URL", running)
    monkeypatch.setenv("COLUMNS", "240")
    return Site(running, capsys, monkeypatch)


@pytest.fixture
def other(site: Site) -> str:
    """Second label, without models."""
    return str(site.ask("labels", "POST", json=OTHER).json()["label_id"])


def listed(site: Site, query: str = "") -> list[str]:
    return [label["label_id"] for label in site.ask(f"labels{query}").json()["labels"]]


def test_an_archived_label_is_hidden_kept_and_brought_back(site: Site, other: str) -> None:
    archived = site.ask(f"labels/{other}/archived", "PUT").json()
    assert archived["archived_by"] == "tester"
    assert other not in listed(site)
    assert other in listed(site, "?archived=1")
    assert site.ask("labels").json()["archived"] == 1
    assert site.ask(f"labels/{other}").json()["archived_at"] == archived["archived_at"]
    assert site.ask(f"labels/{other}/archived", "PUT").json() == archived
    shown = site.ask(f"labels/{other}/archived", "DELETE").json()
    assert (shown["archived_at"], shown["name"], shown["created_by"]) == (None, OTHER["name"], "tester")
    assert other in listed(site)


def test_saving_an_archived_definition_brings_the_same_label_back(site: Site, other: str) -> None:
    site.ask(f"labels/{other}/archived", "PUT")
    again = site.ask("labels", "POST", json={**OTHER, "name": "Another name"})
    assert again.status_code == 200
    assert (again.json()["label_id"], again.json()["name"]) == (other, OTHER["name"])
    assert other in listed(site)


def test_a_label_is_not_archived_while_one_of_its_models_is_active(site: Site) -> None:
    refused = site.ask(f"labels/{SPEC.label_id}/archived", "PUT")
    assert_problem(refused, 409, "cannot be archived while calm-v1 predicts it", "conflict")
    assert SPEC.label_id in listed(site)


def test_labels_are_compared_on_the_hours_that_both_know(site: Site, other: str) -> None:
    compared = site.ask(f"labels/comparison?labels={SPEC.label_id},{other}").json()
    first, second = compared["labels"]
    (pair,) = compared["pairs"]
    assert (
        (first["label_id"], second["label_id"]) == (pair["first"], pair["second"]) == (SPEC.label_id, other)
    )
    # a rise of 1.5% within six hours includes one of 1%
    assert pair["only_second"] == 0 < pair["only_first"]
    assert pair["both"] == second["summary"]["positives"]
    assert pair["overlap"] == pair["both"] / (pair["both"] + pair["only_first"])
    assert 0 < pair["kappa"] < pair["agreement"] < 1


@pytest.mark.parametrize("names", ["", "one", "a,b,c,d,e", "one,one"])
def test_too_few_or_too_many_are_not_compared(site: Site, names: str) -> None:
    assert_problem(site.ask(f"labels/comparison?labels={names}"), 400, "labels ")


def test_a_label_there_is_not_is_named(site: Site) -> None:
    for path, method in (
        ("none/archived", "PUT"),
        ("none/archived", "DELETE"),
        ("comparison?labels=none,a", "GET"),
    ):
        assert_problem(site.ask(f"labels/{path}", method), 404, "There is no label 'none'")


def test_commands_show_compare_archive_and_bring_back(site: Site, other: str) -> None:
    assert OTHER["name"] in site.ppa("labels", "show", other)
    compared = site.ppa("labels", "compare", SPEC.label_id, other)
    assert "share of 1 in 2026" in compared
    assert "kappa" in compared
    assert "restores it" in site.ppa("labels", "archive", other)
    assert other not in site.ppa("labels", "list")
    assert other in site.ppa("labels", "list", "--archived")
    site.ppa("labels", "unarchive", other)
    assert other in site.ppa("labels", "list")


@pytest.mark.parametrize("ending", ["csv", "csv.gz", "parquet"])
def test_the_command_downloads_a_range_with_its_manifest_beside_it(
    site: Site, tmp_path: Path, ending: str
) -> None:
    file = tmp_path / f"my.rows.{ending}"
    output = site.ppa("dataset", SPEC.label_id, "-o", str(file), "--from", "2026-02-01", "--to", "2026-02-03")
    manifest = json.loads((tmp_path / "my.rows.manifest.json").read_text())
    frame = pd.read_parquet(file) if ending == "parquet" else pd.read_csv(file)
    assert "48 rows in" in output
    assert len(frame) == manifest["rows"] == 48
    assert list(frame.columns) == ["ts", *manifest["features"], "label"]
    assert (frame["label"] == 1).sum() == manifest["positives"]


def test_the_command_puts_the_manifest_into_comments(site: Site, tmp_path: Path) -> None:
    site.ppa("dataset", SPEC.label_id, "-o", str(tmp_path / "rows.csv"), "--comments")
    assert (tmp_path / "rows.csv").read_text().startswith(f'# label_id: "{SPEC.label_id}"\n')
    assert len(pd.read_csv(tmp_path / "rows.csv", comment="#")) > 1000
