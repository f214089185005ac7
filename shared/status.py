"""Whether it runs, and why not: what System info, the API and `ppa status` show."""

import json
from collections.abc import Mapping, Sequence
from importlib.metadata import version

import pandas as pd

from shared.catalogue import BAR_FIELDS
from shared.features import last_closed_hour
from shared.frames import HOUR, to_frame, utc
from shared.jobs.build import built_until
from shared.jobs.ingest import SLOW_MINUTE
from shared.jobs.quality import recent_findings
from shared.jobs.record import series_status
from shared.platform import SYNTHETIC, Platform
from shared.providers.plan import ProviderPlan, plan, refreshes
from shared.providers.quota import FREE
from shared.schedules import load_schedules

MOST_RUNS = 30
# back to the last run that asked for the slow series
RUNS_OF_AN_HOUR = 61
RUNS_SINCE = pd.Timedelta(days=3)
# found in the last days' observations, without asking anybody
SHOWN = {"duplicate", "frozen", "impossible bar", "out of range"}
STALE_BARS = pd.Timedelta(hours=2)


def status(platform: Platform) -> Mapping[str, object]:
    """Everything worth knowing, as plain values; `problems` says in words what is wrong."""
    now, runs = platform.now(), _runs(platform)
    failures = failures_of(runs)
    series, jobs = _series(platform, failures), _jobs(runs)
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
        "failures": failures,
        "providers": providers(platform),
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


def failures_of(runs: pd.DataFrame) -> dict[str, str]:
    """What failed in the latest ingest run, and in the latest that asked for slow series, in the sources' words."""
    ingests = runs[(runs["job"] == "ingest") & (runs["status"] == "ok")]
    slow = ingests[ingests["scheduled_for"].dt.minute == SLOW_MINUTE]
    details = [json.loads(detail) for detail in [*slow["detail"][:1], *ingests["detail"][:1]]]
    return {what: words for detail in details for what, words in detail.get("failures", {}).items()}


def providers(platform: Platform) -> list[dict[str, object]]:
    """How much of each provider's allowance is used, and from when it may be called where it refuses."""
    quota, now = platform.feed.quota, platform.now().to_pydatetime()
    return [vars(quota.use(name, now)) for name in platform.feed.providers] if quota else []


def data_plan(platform: Platform) -> Sequence[ProviderPlan]:
    """What bringing the slow series up to date takes of each provider, by the catalogue and the keys there are."""
    quota, now = platform.feed.quota, platform.now().to_pydatetime()
    if quota is None:
        return []
    status = series_status(platform)
    stored = {str(name): utc(at).to_pydatetime() for name, at in status["newest_ingested_at"].items()}
    used = {name: quota.used(name, now) for name in platform.feed.providers}
    return plan(refreshes(platform.catalogue, list(platform.feed.providers), stored), FREE, now, used)


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


def _series(platform: Platform, failures: Mapping[str, str]) -> list[dict[str, object]]:
    stored, now = series_status(platform).to_dict("index"), platform.now()
    owners = {a.series(field): a.id for a in platform.catalogue.assets.values() for field in BAR_FIELDS}
    entries = []
    for name, series in platform.catalogue.series.items():
        entry: dict[str, object] = {"name": name, "cadence": series.cadence, "observations": 0, "late": False}
        entry["failure"] = failures.get(owners.get(name, name))
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


def _runs(platform: Platform) -> pd.DataFrame:
    since = platform.now() - RUNS_SINCE
    return to_frame(platform.warehouse.query("job_runs", since=since, most=RUNS_OF_AN_HOUR))


def _jobs(runs: pd.DataFrame) -> list[dict[str, object]]:
    latest = runs.groupby("job").head(MOST_RUNS)
    seconds = (latest["finished_at"] - latest["started_at"]).dt.total_seconds()
    columns = ["job", "scheduled_for", "started_at", "finished_at", "status", "rows", "error", "detail"]
    return [
        {str(k): v for k, v in row.items()}
        for row in latest[columns].assign(seconds=seconds).to_dict("records")
    ]


def _problems(
    platform: Platform, series: list[dict[str, object]], jobs: list[dict[str, object]]
) -> list[str]:
    problems = []
    late = [str(entry["name"]) for entry in series if entry["late"]]
    if late and platform.feed.live:
        problems.append(f"Late: {', '.join(late)}.")
    for job in load_schedules():
        latest = next((run for run in jobs if run["job"] == job), None)
        if latest and latest["status"] == "error":
            problems.append(f"The last run of {job} failed: {latest['error']}")
    problems += [finding.sentence for finding in recent_findings(platform) if finding.kind in SHOWN]
    if built_until(platform) is None:
        problems.append("There are no rows yet.")
    return problems
