"""What is wrong, in sentences, each with a code of the runbook."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from ppa.core.times import HOUR
from ppa.outside.scheduling.schedules import Schedule

# found in the last days' observations, without asking anybody
SHOWN = frozenset({"duplicate", "frozen", "impossible bar", "out of range"})
# more than one run in so many failing is a problem, as it is an alert
ONE_IN = 20
RECENT_RUNS = pd.Timedelta(hours=1)
RECENT_HOURS = 2


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong: its code in the runbook, and a sentence."""

    code: str
    sentence: str


@dataclass(frozen=True)
class Seen:
    """What the problems are told from; `paused` are jobs that a person has paused."""

    now: pd.Timestamp
    live: bool
    rows: int
    series: Sequence[Mapping[str, Any]]
    runs: pd.DataFrame
    last_success: Mapping[str, pd.Timestamp]
    coverage: Mapping[str, Any]
    providers: Sequence[Mapping[str, Any]]
    findings: Sequence[str]
    cost: Mapping[str, Any]
    schedules: Sequence[Schedule]
    paused: frozenset[str]


def problems(seen: Seen) -> list[Problem]:
    """What is wrong, the gravest first. What follows from a pause is no problem: somebody decided it."""
    found = [*_silent(seen), *_no_rows(seen), *_failing(seen), *_missing(seen)]
    return [*found, *_late(seen), *_providers(seen), *_spend(seen), *_bad_data(seen)]


def _silent(seen: Seen) -> Iterator[Problem]:
    for schedule in seen.schedules:
        last = seen.last_success.get(schedule.job)
        if schedule.job in seen.paused or last is None or not seen.live:
            continue
        silence = seen.now - last
        if silence.total_seconds() > schedule.silent_seconds:
            yield Problem(f"{schedule.job}_silent", f"{schedule.job} has not succeeded for {_span(silence)}.")


def _no_rows(seen: Seen) -> Iterator[Problem]:
    if not seen.rows:
        yield Problem("no_rows", "There are no rows yet.")


def _failing(seen: Seen) -> Iterator[Problem]:
    for schedule in seen.schedules:
        runs = seen.runs[seen.runs["job"] == schedule.job]
        recent = runs[runs["started_at"] >= seen.now - RECENT_RUNS]
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


def _missing(seen: Seen) -> Iterator[Problem]:
    if "predict" in seen.paused:
        return
    hours = seen.coverage["hours"][-RECENT_HOURS:]
    without = sum(hour["without"] for hour in hours)
    unanswered = sum(max(hour["owed"] - hour["live"] - hour["buffer"] - hour["without"], 0) for hour in hours)
    if without:
        yield Problem(
            "prediction_missing",
            f"{_count(without, 'answer')} of the last {RECENT_HOURS} hours gave a reason in place of a prediction.",
        )
    if unanswered:
        yield Problem(
            "prediction_missing",
            f"{_count(unanswered, 'prediction')} of the last {RECENT_HOURS} hours missing.",
        )


def _late(seen: Seen) -> Iterator[Problem]:
    late = [str(entry["name"]) for entry in seen.series if entry["late"]]
    if late and seen.live and "ingest" not in seen.paused:
        yield Problem("stale_feature", f"Late: {', '.join(late)}.")


def _providers(seen: Seen) -> Iterator[Problem]:
    for provider in seen.providers if "ingest" not in seen.paused else ():
        if provider["failure"]:
            yield Problem("provider_failing", _sentence(provider["failure"]))


def _spend(seen: Seen) -> Iterator[Problem]:
    pace, budget = seen.cost["usd_at_this_pace"], seen.cost["budget_usd"]
    if pace > budget:
        yield Problem(
            "spend",
            f"At this pace BigQuery costs {pace:.2f} USD by the month's end, more than the {budget:g} USD allowed.",
        )


def _bad_data(seen: Seen) -> Iterator[Problem]:
    for sentence in seen.findings:
        yield Problem("bad_data", sentence)


def _sentence(words: str) -> str:
    return f"{words.rstrip('.')}."


def _span(span: pd.Timedelta) -> str:
    if span < 2 * HOUR:
        return f"{span.total_seconds() / 60:.0f} minutes"
    return f"{span / HOUR:.0f} hours" if span < 48 * HOUR else f"{span / (24 * HOUR):.0f} days"


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
