"""Detection of problems from status inputs; effects of a pause are not problems."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pandas as pd
import pytest

from ppa.core.times import utc
from ppa.outside.scheduling.schedules import load_schedules
from ppa.reports.status.problems import Problem, StatusInputs, problems

NOW = utc("2026-03-01T12:30")
COLUMNS = ["job", "started_at", "status", "error"]


def runs(*rows: tuple[str, int, str | None]) -> pd.DataFrame:
    """Runs as (job, minutes ago, error), newest first."""
    built = [
        (job, NOW - timedelta(minutes=ago), "error" if error else "ok", error) for job, ago, error in rows
    ]
    return pd.DataFrame(built, columns=COLUMNS).sort_values("started_at", ascending=False, ignore_index=True)


def hour(owed: int = 2, live: int = 2, without: int = 0) -> dict[str, int]:
    return {"owed": owed, "live": live, "buffer": 0, "without": without}


WELL = StatusInputs(
    now=NOW,
    live=True,
    rows=100,
    series=[{"name": "vix", "late": False}],
    runs=runs(("ingest", 1, None), ("predict", 23, None)),
    last_success={"ingest": NOW - timedelta(minutes=1), "predict": NOW - timedelta(minutes=23)},
    coverage={"hours": [hour(), hour()]},
    providers=[{"provider": "fred", "failure": None}],
    findings=[],
    mismatches=[],
    cost={"usd_at_this_pace": 1.0, "budget_usd": 5.0},
    schedules=list(load_schedules().values()),
    paused=frozenset(),
)
SILENT = {"ingest": NOW - timedelta(minutes=16), "predict": NOW - timedelta(minutes=76)}
WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "ingest_silent": ({"last_success": WELL.last_success | {"ingest": SILENT["ingest"]}}, "16 minutes"),
    "predict_silent": ({"last_success": WELL.last_success | {"predict": SILENT["predict"]}}, "76 minutes"),
    "no_rows": ({"rows": 0}, "no rows"),
    "failing_runs": ({"runs": runs(("ingest", 1, "disk full"), ("ingest", 2, None))}, "disk full"),
    "prediction_missing": (
        {"coverage": {"hours": [hour(), hour(live=1, without=1)]}},
        "not made, for a recorded reason",
    ),
    "stale_feature": ({"series": [{"name": "vix", "late": True}]}, "Late: vix."),
    "provider_failing": (
        {"providers": [{"provider": "fred", "failure": "fred: HTTP 503"}]},
        "fred: HTTP 503.",
    ),
    "spend": ({"cost": {"usd_at_this_pace": 9.5, "budget_usd": 5.0}}, "9.50 USD"),
    "close_mismatch": ({"mismatches": ["The close of 9 hours differs."]}, "The close of 9 hours differs."),
    "bad_data": ({"findings": ["vix is frozen."]}, "vix is frozen."),
}


def test_where_nothing_is_wrong_nothing_is_said() -> None:
    assert problems(WELL) == []


@pytest.mark.parametrize("code", WRONG)
def test_each_problem_is_told_by_its_code_in_a_sentence(code: str) -> None:
    changes, words = WRONG[code]
    [result] = problems(replace(WELL, **changes))
    assert result.code == code
    assert words in result.sentence
    assert result.sentence.endswith(".")


def test_an_hour_that_nobody_answered_is_missing() -> None:
    [result] = problems(replace(WELL, coverage={"hours": [hour(), hour(live=0)]}))
    assert result == Problem("prediction_missing", "2 predictions of the last 2 hours missing.")


@pytest.mark.parametrize(("failed", "of", "reported"), [(1, 20, False), (2, 20, True), (1, 19, True)])
def test_more_than_one_run_in_twenty_failing_is_a_problem(failed: int, of: int, reported: bool) -> None:
    rows = [("ingest", 1 + n, "gone" if 1 <= n <= failed else None) for n in range(of)]
    assert [p.code for p in problems(replace(WELL, runs=runs(*rows)))] == ["failing_runs"] * reported


@pytest.mark.parametrize(
    ("job", "code"),
    [
        ("ingest", "ingest_silent"),
        ("ingest", "stale_feature"),
        ("ingest", "provider_failing"),
        ("predict", "predict_silent"),
        ("predict", "prediction_missing"),
    ],
)
def test_what_follows_from_a_pause_is_no_problem(job: str, code: str) -> None:
    assert problems(replace(WELL, **WRONG[code][0], paused=frozenset({job}))) == []


@pytest.mark.parametrize("code", ["ingest_silent", "stale_feature"])
def test_a_source_that_is_only_imported_is_never_late_or_silent(code: str) -> None:
    assert problems(replace(WELL, **WRONG[code][0], live=False)) == []
