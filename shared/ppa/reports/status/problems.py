"""Problems of the platform as sentences, each with its code in the runbook."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from ppa.core.times import HOUR
from ppa.outside.scheduling.schedules import Schedule

# kinds of findings that need no second source
SHOWN = frozenset({"duplicate", "frozen", "impossible bar", "out of range"})
# a problem if more than one run in this many fails; the alert has the same limit
ONE_IN = 20
RECENT_RUNS = pd.Timedelta(hours=1)
RECENT_HOURS = 2


@dataclass(frozen=True)
class Problem:
    """A problem: its code in the runbook, and a sentence."""

    code: str
    sentence: str


@dataclass(frozen=True)
class StatusInputs:
    """Inputs that problems are detected from; `paused` holds jobs that were paused by a person."""

    now: pd.Timestamp
    live: bool
    rows: int
    series: Sequence[Mapping[str, Any]]
    runs: pd.DataFrame
    last_success: Mapping[str, pd.Timestamp]
    coverage: Mapping[str, Any]
    providers: Sequence[Mapping[str, Any]]
    findings: Sequence[str]
    mismatches: Sequence[str]
    cost: Mapping[str, Any]
    schedules: Sequence[Schedule]
    paused: frozenset[str]


def problems(inputs: StatusInputs) -> list[Problem]:
    """Detect problems, the gravest first. Effects of a pause are not problems."""
    gravest = [
        *_mismatches(inputs),
        *_silent(inputs),
        *_no_rows(inputs),
        *_failing(inputs),
        *_missing(inputs),
    ]
    return [*gravest, *_late(inputs), *_providers(inputs), *_spend(inputs), *_bad_data(inputs)]


def _mismatches(inputs: StatusInputs) -> Iterator[Problem]:
    for sentence in inputs.mismatches:
        yield Problem("close_mismatch", sentence)


def _silent(inputs: StatusInputs) -> Iterator[Problem]:
    for schedule in inputs.schedules:
        last = inputs.last_success.get(schedule.job)
        if schedule.job in inputs.paused or last is None or not inputs.live:
            continue
        silence = inputs.now - last
        if silence.total_seconds() > schedule.silent_seconds:
            yield Problem(f"{schedule.job}_silent", f"{schedule.job} has not succeeded for {_span(silence)}.")


def _no_rows(inputs: StatusInputs) -> Iterator[Problem]:
    if not inputs.rows:
        yield Problem("no_rows", "There are no rows yet.")


def _failing(inputs: StatusInputs) -> Iterator[Problem]:
    for schedule in inputs.schedules:
        runs = inputs.runs[inputs.runs["job"] == schedule.job]
        recent = runs[runs["started_at"] >= inputs.now - RECENT_RUNS]
        failed = recent[recent["status"] == "error"]
        if not runs.empty and runs["status"].iloc[0] == "error":
            yield Problem(
                "failing_runs", f"The last run of {schedule.job} failed: {_sentence(runs['error'].iloc[0])}"
            )
        elif len(failed) * ONE_IN > len(recent):
            yield Problem(
                "failing_runs",
                f"{len(failed)} of {len(recent)} runs of {schedule.job} failed within the hour, "
                f"the latest with: {_sentence(failed['error'].iloc[0])}",
            )


def _missing(inputs: StatusInputs) -> Iterator[Problem]:
    if "predict" in inputs.paused:
        return
    hours = inputs.coverage["hours"][-RECENT_HOURS:]
    without = sum(hour["without"] for hour in hours)
    missing = sum(max(hour["owed"] - hour["live"] - hour["buffer"] - hour["without"], 0) for hour in hours)
    if without:
        yield Problem(
            "prediction_missing",
            f"{_count(without, 'prediction')} of the last {RECENT_HOURS} hours not made, for a recorded reason.",
        )
    if missing:
        yield Problem(
            "prediction_missing",
            f"{_count(missing, 'prediction')} of the last {RECENT_HOURS} hours missing.",
        )


def _late(inputs: StatusInputs) -> Iterator[Problem]:
    late = [str(entry["name"]) for entry in inputs.series if entry["late"]]
    if late and inputs.live and "ingest" not in inputs.paused:
        yield Problem("stale_feature", f"Late: {', '.join(late)}.")


def _providers(inputs: StatusInputs) -> Iterator[Problem]:
    for provider in inputs.providers if "ingest" not in inputs.paused else ():
        if provider["failure"]:
            yield Problem("provider_failing", _sentence(provider["failure"]))


def _spend(inputs: StatusInputs) -> Iterator[Problem]:
    pace, budget = inputs.cost["usd_at_this_pace"], inputs.cost["budget_usd"]
    if pace > budget:
        yield Problem(
            "spend",
            f"At this pace BigQuery costs {pace:.2f} USD by the end of the month, above the budget of {budget:g} USD.",
        )


def _bad_data(inputs: StatusInputs) -> Iterator[Problem]:
    for sentence in inputs.findings:
        yield Problem("bad_data", sentence)


def _sentence(words: str) -> str:
    return f"{words.rstrip('.')}."


def _span(span: pd.Timedelta) -> str:
    if span < 2 * HOUR:
        return f"{span.total_seconds() / 60:.0f} minutes"
    return f"{span / HOUR:.0f} hours" if span < 48 * HOUR else f"{span / (24 * HOUR):.0f} days"


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
