"""Log lines of the jobs match the alerts' own filters."""

import io
import json
import logging
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import hcl2
import pytest
from platforms import REPOSITORY, copied, small

from ppa.jobs.late_series import log_late
from ppa.jobs.runs import run_job
from ppa.ops.logs import JsonLines
from ppa.ops.secrets import Redactor

PREFIX, SERVICE = "ppa", "ppa-predict"
MONITORING = REPOSITORY / "terraform" / "monitoring.tf"
TERM = re.compile(r'(\S+) (=~|=) "(.*)"')


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """Log lines of the jobs, as the deployed services write them."""
    written, logger = io.StringIO(), logging.getLogger("ppa.jobs")
    handler, level = logging.StreamHandler(written), logger.level
    handler.setFormatter(JsonLines(Redactor([]), "a-project"))
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    yield written
    logger.removeHandler(handler)
    logger.setLevel(level)


def test_each_alert_finds_the_lines_of_its_event_and_no_others(
    history: Path, tmp_path: Path, lines: io.StringIO
) -> None:
    stored = small(copied(history, tmp_path))
    stored.activate("calm-v1")
    stored.live(2, skip=["ingest"])
    stored.clock.now += timedelta(days=1)
    log_late(stored.platform)
    run_job(stored.platform, "ingest", stored.platform.now(), lambda: {"rows": 1})
    stored.platform.close()
    entries = [_entry(json.loads(line)) for line in lines.getvalue().splitlines()]
    by_event = {event: [e for e in entries if _matches(text, e)] for event, text in filters().items()}
    assert by_event.keys() == {"prediction_missing", "stale_feature"}
    for event, result in by_event.items():
        assert result, f"no line matches the alert {event}"
        assert {e["jsonPayload"]["event"] for e in result} == {event}
        assert {e["severity"] for e in result} == {"WARNING"}
        elsewhere = {"type": "cloud_run_revision", "labels": {"service_name": "another-service"}}
        assert not _matches(filters()[event], result[0] | {"resource": elsewhere})
    assert {e["jsonPayload"]["reason"] for e in by_event["prediction_missing"]} == {"late_data"}
    [run] = [
        e for e in entries if _matches('jsonPayload.job = "ingest"', e)
    ]  # as docs/runbook.md looks for it
    assert (run["jsonPayload"]["status"], "event" in run["jsonPayload"]) == ("ok", False)


def filters() -> dict[str, str]:
    """Return the filter of each log-based alert, with its variables filled in."""
    monitoring = hcl2.loads(MONITORING.read_text(encoding="utf-8"))
    events = next(block["events"] for block in monitoring["locals"] if "events" in block)
    names = [name.strip('"') for name in events if not name.startswith("__")]
    text = re.search(
        r"condition_matched_log \{\s+filter = \"(.*)\"\n", MONITORING.read_text(encoding="utf-8")
    )
    assert text
    plain = text[1].replace('\\"', '"').replace("${var.prefix}", PREFIX)
    return {name: plain.replace("${each.key}", name) for name in names}


def _entry(line: dict[str, Any]) -> dict[str, Any]:
    """Return the entry as Cloud Logging stores it, without the fields it extracts from the payload."""
    return {
        "resource": {"type": "cloud_run_revision", "labels": {"service_name": SERVICE}},
        "severity": line["severity"],
        "jsonPayload": {name: value for name, value in line.items() if name != "severity"},
    }


def _matches(filter_: str, entry: dict[str, Any]) -> bool:
    terms = [TERM.fullmatch(term) for term in filter_.split(" AND ")]
    assert all(terms), f"cannot be read: {filter_}"
    return all(_holds(t[1], t[2], t[3], entry) for t in terms if t)


def _holds(path: str, operator: str, wanted: str, entry: dict[str, Any]) -> bool:
    result: Any = entry
    for name in path.split("."):
        result = result.get(name) if isinstance(result, dict) else None
    return bool(re.search(wanted, str(result))) if operator == "=~" else result == wanted
