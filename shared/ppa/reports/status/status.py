"""Status report of the platform."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from importlib.metadata import version

import pandas as pd

from ppa.core.errors import PpaError
from ppa.core.features.rows import last_closed_hour
from ppa.core.times import utc
from ppa.modelfiles.confinement import confinement
from ppa.outside.scheduling import ScheduleManager
from ppa.outside.scheduling.manager import ScheduleState
from ppa.outside.scheduling.schedules import load_schedules
from ppa.platform import Platform
from ppa.reports.quality import recent_findings, serious_findings
from ppa.reports.status.cost import cost, month_start
from ppa.reports.status.coverage import coverage
from ppa.reports.status.data import data_note, row_span, series_states
from ppa.reports.status.problems import SHOWN, Problem, StatusInputs, problems
from ppa.reports.status.providers import providers
from ppa.reports.status.runbook import runbook
from ppa.reports.status.runs import failures_of, latest_runs, recent_runs, timeline
from ppa.reports.status.storage_usage import storage, versions
from ppa.repository.close_mismatches import KIND as MISMATCH
from ppa.repository.models import RegisteredModel, list_models
from ppa.repository.series_coverage import series_status
from ppa.storage.arrow import to_frame

WELL, PAUSED, FAILING = "well", "paused", "failing"


def status(platform: Platform, schedule_manager: ScheduleManager) -> Mapping[str, object]:
    """Collect the status of the platform as JSON-compatible values.

    `verdict` is `well`, `paused` (by a person, with no other problem) or `failing`. `problems` describe what is wrong,
    each with its code in the runbook; `notices` describe schedules that are paused.
    """
    now, runs = platform.now(), recent_runs(platform)
    stored = series_status(platform)
    schedules, silent = _schedules(schedule_manager)
    month = _month(platform)
    models, closed = _models(platform), last_closed_hour(now, platform.catalogue)
    failures = failures_of(runs)
    parts = {
        "series": series_states(platform, stored, failures),
        "providers": providers(platform, stored, failures),
        "coverage": coverage(platform, models, closed),
        "cost": cost(platform, month),
    }
    rows = row_span(platform)
    mismatches, serious = _open_findings(platform)
    inputs = StatusInputs(
        now=now,
        live=platform.feed.live,
        rows=int(str(rows["rows"])),
        runs=runs,
        last_success=_last_success(runs, month),
        findings=list(dict.fromkeys([*serious, *_recent_findings(platform)])),
        mismatches=mismatches,
        schedules=list(load_schedules().values()),
        paused=frozenset(one.job for one in schedules if one.paused),
        **parts,  # type: ignore[arg-type]
    )
    wrong = [*problems(inputs), *silent]
    notices = [_notice(one) for one in schedules if one.paused]
    return {
        "version": version("price-prediction-app"),
        "now": now,
        **data_note(platform),
        "catalogue_version": platform.catalogue.version,
        "last_closed_hour": closed,
        **rows,
        "verdict": FAILING if wrong else PAUSED if notices else WELL,
        "healthy": not wrong,
        "problems": [
            {"code": p.code, "title": runbook()[p.code].title, "sentence": p.sentence} for p in wrong
        ],
        "notices": notices,
        **parts,
        "failures": failures,
        "jobs": latest_runs(runs),
        "last_success": inputs.last_success,
        "timeline": timeline(runs, now),
        "schedules": [asdict(one) for one in schedules],
        "models": {"registered": len(models), "active": sum(model.active for model in models)},
        "storage": storage(platform, models),
        "versions": versions(platform),
        "sandbox": _sandbox(),
    }


def _sandbox() -> Mapping[str, object]:
    """Measured confinement of the process that examines models, on this machine."""
    measured = confinement()
    return {**asdict(measured), "sentence": measured.sentence}


def _models(platform: Platform) -> Sequence[RegisteredModel]:
    """All registered models; refreshed hourly, as models can expire at any time."""
    tokens = [platform.warehouse.version_token(table) for table in ("labels", "models", "model_events")]
    return platform.cache.get(
        ("status", "models"), lambda: list_models(platform), (*tokens, platform.now().floor("h"))
    )


def _month(platform: Platform) -> pd.DataFrame:
    """Statistics of each job since the start of the month; refreshed hourly, as the query reads the whole month."""
    now = platform.now()

    def count() -> pd.DataFrame:
        return to_frame(platform.warehouse.query("runs_since", since=month_start(now)))

    return platform.cache.get(("status", "month"), count, now.floor("h"))


def _open_findings(platform: Platform) -> tuple[list[str], list[str]]:
    """Return the serious findings that nobody has acknowledged: mismatches of closes, and the others."""
    unresolved = [one.finding for one in serious_findings(platform) if one.acknowledgement is None]
    mismatches = [one.sentence for one in unresolved if one.kind == MISMATCH]
    return mismatches, [one.sentence for one in unresolved if one.kind != MISMATCH]


def _recent_findings(platform: Platform) -> Sequence[str]:
    """Findings in recent observations, refreshed hourly and after new ones."""

    def look() -> Sequence[str]:
        return [finding.sentence for finding in recent_findings(platform) if finding.kind in SHOWN]

    token = platform.now().floor("h"), platform.warehouse.version_token("observations")
    return platform.cache.get(("status", "findings"), look, token)


def _schedules(schedule_manager: ScheduleManager) -> tuple[Sequence[ScheduleState], Sequence[Problem]]:
    """Schedules, or a problem if Cloud Scheduler cannot be reached."""
    try:
        return schedule_manager.schedules(), []
    except PpaError as error:
        return [], [Problem("failing_runs", str(error))]


def _last_success(runs: pd.DataFrame, month: pd.DataFrame) -> Mapping[str, pd.Timestamp]:
    """Time of each job's last success, according to the runs of this month and of the last days."""
    well = runs[runs["status"] == "ok"].groupby("job")["started_at"].max()
    both = pd.concat([month.set_index("job")["last_success"].dropna(), well])
    return {str(job): utc(at) for job, at in both.groupby(level=0).max().items()}


def _notice(schedule: ScheduleState) -> str:
    if schedule.by is None or schedule.since is None:
        return f"{schedule.job} was paused outside the app; ask the person who manages the schedules."
    return f"{schedule.job} is paused by {schedule.by} since {schedule.since:%Y-%m-%d %H:%M} UTC."
