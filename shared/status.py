"""Whether it runs, and why not: what System info, the API and `ppa status` show."""

from collections.abc import Mapping
from importlib.metadata import version

import pandas as pd

from shared.features import last_closed_hour
from shared.frames import HOUR, to_frame
from shared.jobs.build import built_until
from shared.jobs.record import series_status
from shared.platform import SYNTHETIC, Platform
from shared.schedules import load_schedules

MOST_RUNS = 30
RUNS_SINCE = pd.Timedelta(days=3)
STALE_BARS = pd.Timedelta(hours=2)


def status(platform: Platform) -> Mapping[str, object]:
    """Everything worth knowing, as plain values; `problems` says in words what is wrong."""
    now, series = platform.now(), _series(platform)
    jobs = _jobs(platform, now)
    problems = _problems(platform, series, jobs)
    return {
        "version": version("price-prediction-app"),
        "now": now,
        **data_note(platform),
        "catalogue_version": platform.catalogue.version,
        "last_closed_hour": last_closed_hour(now, platform.catalogue),
        **_rows(platform),
        "healthy": not problems,
        "problems": problems,
        "series": series,
        "jobs": jobs,
        "schedules": [
            {
                "job": s.job,
                "cron": s.cron,
                "description": s.description,
                "next": s.next_after(now.to_pydatetime()),
            }
            for s in load_schedules().values()
        ],
    }


def data_note(platform: Platform) -> dict[str, str]:
    """Which kind of data is stored, and one sentence about it for every page."""
    kind, sources = platform.data_kind(), ", ".join(platform.sources())
    notes = {
        SYNTHETIC: f"Synthetic data, made up from seed {platform.settings.seed}: nothing here happened in any market.",
        "real": f"Real data from {sources}.",
        "empty": "No data yet: import a file with `ppa import-csv`, or backfill.",
    }
    return {"source": kind, "source_note": notes[kind]}


def _rows(platform: Platform) -> dict[str, object]:
    span = platform.warehouse.query("feature_span", catalogue_version=platform.catalogue.version).to_pylist()[
        0
    ]
    return {"first_hour": span["first_hour"], "last_hour": span["last_hour"], "rows": span["hours"]}


def _series(platform: Platform) -> list[dict[str, object]]:
    stored, now = series_status(platform).to_dict("index"), platform.now()
    entries = []
    for name, series in platform.catalogue.series.items():
        entry: dict[str, object] = {"name": name, "cadence": series.cadence, "observations": 0, "late": False}
        if name in stored:
            row = stored[name]
            age = now - (row["newest_event"] + series.period)
            entry |= {
                "source": row["source"],
                "newest_event": row["newest_event"],
                "known_at": row["newest_known_at"],
                "observations": row["observations"],
                "age_hours": round(age / HOUR, 2),
                "late": bool(age > series.max_age + STALE_BARS),
            }
        entries.append(entry)
    return sorted(entries, key=lambda e: (not e["late"], str(e["name"])))


def _jobs(platform: Platform, now: pd.Timestamp) -> list[dict[str, object]]:
    runs = to_frame(platform.warehouse.query("job_runs", since=now - RUNS_SINCE, most=MOST_RUNS))
    seconds = (runs["finished_at"] - runs["started_at"]).dt.total_seconds()
    columns = ["job", "scheduled_for", "started_at", "finished_at", "status", "rows", "error", "detail"]
    return [
        {str(k): v for k, v in row.items()}
        for row in runs[columns].assign(seconds=seconds).to_dict("records")
    ]


def _problems(
    platform: Platform, series: list[dict[str, object]], jobs: list[dict[str, object]]
) -> list[str]:
    problems = []
    late = [str(entry["name"]) for entry in series if entry["late"]]
    if late and platform.feed.kind != "csv":
        problems.append(f"Late: {', '.join(late)}.")
    for job in load_schedules():
        latest = next((run for run in jobs if run["job"] == job), None)
        if latest and latest["status"] == "error":
            problems.append(f"The last run of {job} failed: {latest['error']}")
    if built_until(platform) is None:
        problems.append("There are no rows yet.")
    return problems
