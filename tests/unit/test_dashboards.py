"""Grafana dashboards are up to date and refer to existing metrics, tables and columns."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ppa.ops.catalogue_file import load_catalogue
from ppa.storage.warehouse.schema import load_tables
from ppa_web.api.metrics import StatusCollector
from tools.dashboards.files import IMPORTED, PROVISIONED, dashboards

MADE = dashboards()
TABLES = load_tables(load_catalogue())
# what the statements call what they select
ALIASES = {"time", "metric", "seconds", "answers", "bytes", "newest", "observations"}
NOTHING: dict[str, Any] = {
    "version": "1",
    "catalogue_version": "c",
    "source": "real",
    "versions": {"python": "3"},
    "healthy": True,
    "problems": [],
    "rows": 1,
    "last_hour": None,
    "series": [],
    "jobs": [],
    "last_success": {},
    "timeline": {"lanes": {}},
    "schedules": [],
    "models": {"active": 0},
    "coverage": {"share": None, "missing": 0, "reasons": {}},
    "providers": [],
    "cost": {"by_job": {}, "usd": 0.0, "usd_at_this_pace": 0.0, "budget_usd": 5.0},
    "storage": {"warehouse_bytes": 0, "models_bytes": 0},
}
every_file = pytest.mark.parametrize("path", MADE, ids=lambda path: path.name)


def panels(path: Path) -> list[dict[str, Any]]:
    result: list[dict[str, Any]] = json.loads(MADE[path])["panels"]
    return [inner for panel in result for inner in (panel, *panel.get("panels", ()))]


def targets(path: Path) -> Iterator[dict[str, Any]]:
    for panel in panels(path):
        yield from panel.get("targets", ())


@every_file
def test_what_is_checked_in_is_what_the_code_makes(path: Path) -> None:
    assert path.read_text(encoding="utf-8") == MADE[path], "run `make dashboards` and commit what it wrote"


@every_file
def test_panels_have_numbers_titles_and_places_of_their_own(path: Path) -> None:
    result = panels(path)
    places = {(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in result}
    assert (
        len(places)
        == len({panel["id"] for panel in result})
        == len({p["title"] for p in result})
        == len(result)
    )
    assert all(panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24 for panel in result)


def test_the_metrics_that_are_drawn_are_those_that_the_app_serves() -> None:
    served = {family.name for family in StatusCollector(NOTHING).collect()}
    drawn = {name for one in targets(IMPORTED) for name in re.findall(r"\bppa_\w+", one["expr"])}
    assert len(drawn) > 10
    assert drawn <= served


def test_the_statements_are_about_tables_and_columns_that_there_are() -> None:
    statements = [one["rawSql"] for one in targets(PROVISIONED) if "rawSql" in one]
    assert len(statements) >= 5
    for statement in statements:
        [table] = re.findall(r"`\$\{dataset\}\.(\w+)`", statement)
        text = re.sub(r"'[^']*'|`\$\{[^`]*`|\$__\w+", "", statement)
        names = set(re.findall(r"(?<![\w$])[a-z_]+\b", text)) - ALIASES
        assert names <= {column.name for column in TABLES[table].columns}, statement
