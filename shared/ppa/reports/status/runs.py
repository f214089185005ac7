"""Job runs: the latest ones, a timeline of the last day, and failures reported by providers."""

import json
from collections.abc import Mapping

import numpy as np
import pandas as pd

from ppa.platform import Platform
from ppa.providers.call_plan import SLOW_MINUTE
from ppa.reports.status.cached_query import cached_query
from ppa.reports.status.data import RUNS_SINCE

MAX_RUNS = 30
# reaches back to the last run that fetched the slow series
RUNS_OF_AN_HOUR = 61
DAY = pd.Timedelta(days=1)
STEP = pd.Timedelta(minutes=15)
OF_A_RUN = [
    "job",
    "scheduled_for",
    "started_at",
    "finished_at",
    "status",
    "rows",
    "bytes_billed",
    "error",
    "trace",
    "seconds",
]


def recent_runs(platform: Platform) -> pd.DataFrame:
    """Runs of the last days, newest first, with `seconds`; only those of the latest hour have `detail`."""
    since = platform.now().floor("h") - RUNS_SINCE
    runs = cached_query(platform, "job_runs", "job_runs", since=since, maximum=RUNS_OF_AN_HOUR)
    return runs.assign(seconds=(runs["finished_at"] - runs["started_at"]).dt.total_seconds())


def failures_of(runs: pd.DataFrame) -> dict[str, str]:
    """Error messages by request, from the latest ingest run and the latest one that fetched slow series."""
    ingests = runs[(runs["job"] == "ingest") & (runs["status"] == "ok") & runs["detail"].notna()]
    slow = ingests[ingests["scheduled_for"].dt.minute == SLOW_MINUTE]
    details = [json.loads(detail) for detail in [*slow["detail"][:1], *ingests["detail"][:1]]]
    return {what: words for detail in details for what, words in detail.get("failures", {}).items()}


def latest_runs(runs: pd.DataFrame) -> list[dict[str, object]]:
    """Latest runs of each job, newest first."""
    latest = runs.groupby("job").head(MAX_RUNS)
    return [{str(k): v for k, v in row.items()} for row in latest[OF_A_RUN].to_dict("records")]


def timeline(runs: pd.DataFrame, now: pd.Timestamp) -> Mapping[str, object]:
    """Last 24 hours in steps of 15 minutes: number of runs, failed runs and longest run in seconds, by job."""
    first = now.ceil(STEP) - DAY
    recent = runs[runs["started_at"] >= first]
    steps = recent.assign(
        at=recent["started_at"].dt.floor(STEP), failed=(recent["status"] != "ok").astype(np.int64)
    )
    groups = steps.groupby(["job", "at"]).agg(
        runs=("status", "size"), failed=("failed", "sum"), slowest=("seconds", "max")
    )
    lanes: dict[str, list[dict[str, object]]] = {}
    for step in groups.reset_index().to_dict("records"):
        lanes.setdefault(step.pop("job"), []).append({str(key): value for key, value in step.items()})
    return {"since": first, "until": first + DAY, "step_seconds": int(STEP.total_seconds()), "lanes": lanes}
