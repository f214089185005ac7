"""Metrics of the status for Prometheus, at `/metrics`: plain text, or OpenMetrics if requested."""

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd
from flask import Blueprint, Response, request
from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from ppa.reports.status.runbook import runbook
from ppa_web.context import current_status
from ppa_web.openapi.contents import File
from ppa_web.openapi.operation import operation

metrics = Blueprint("metrics", __name__)

Status = Mapping[str, Any]


@metrics.get("/metrics")
@operation(
    File("text/plain", "Metrics for Prometheus.", "ppa_healthy 1.0\n"),
    File("application/openmetrics-text", "OpenMetrics, if requested.", "ppa_healthy 1.0\n# EOF\n"),
)
def get_metrics() -> Response:
    """All numbers of System info as metrics."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(StatusCollector(current_status()))
    encode, content_type = choose_encoder(request.headers.get("Accept", ""))
    return Response(encode(registry), content_type=content_type)


class StatusCollector(Collector):
    """Metrics of one status. Times are Unix seconds, durations seconds, money US dollars."""

    def __init__(self, status: Status) -> None:
        self._status = status

    def describe(self) -> list[Metric]:
        """Return nothing: the metrics are not known in advance."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Yield the metric families, in the order of the page."""
        status = self._status
        yield from _verdict(status)
        yield from _data(status)
        yield from _jobs(status)
        yield from _coverage(status)
        yield from _providers(status)
        yield from _means(status)


def _verdict(status: Status) -> Iterator[Metric]:
    info = {
        "version": status["version"],
        "catalogue": status["catalogue_version"],
        "source": status["source"],
    }
    yield InfoMetricFamily("ppa", "What is running.", info | {"python": status["versions"]["python"]})
    yield _one("ppa_healthy", "1 if there are no problems.", int(status["healthy"]))
    counts = dict.fromkeys(runbook(), 0)
    for problem in status["problems"]:
        counts[problem["code"]] += 1
    yield _each("ppa_problems", "Problems, by their code in the runbook.", "code", counts)


def _data(status: Status) -> Iterator[Metric]:
    yield _one("ppa_rows", "Number of closed hours with a row.", status["rows"])
    yield _one(
        "ppa_last_hour_timestamp_seconds",
        "Open time of the last hour with a row.",
        _unix(status["last_hour"]),
    )
    stored = [entry for entry in status["series"] if entry["observations"]]
    ages = {entry["name"]: entry["age_hours"] * 3600 for entry in stored}
    allowed = {entry["name"]: entry["allowed_hours"] * 3600 for entry in stored}
    late = {entry["name"]: int(entry["late"]) for entry in stored}
    yield _each(
        "ppa_series_age_seconds", "Time since the end of the newest period of a series.", "series", ages
    )
    yield _each("ppa_series_allowed_age_seconds", "Age from which a series is late.", "series", allowed)
    yield _each("ppa_series_late", "1 if a series is late.", "series", late)


def _jobs(status: Status) -> Iterator[Metric]:
    latest = {run["job"]: run for run in reversed(status["jobs"])}
    last = {job: _unix(at) for job, at in status["last_success"].items()}
    seconds = {job: run["seconds"] for job, run in latest.items()}
    yield _each(
        "ppa_job_last_success_timestamp_seconds", "Start time of the last successful run.", "job", last
    )
    yield _each("ppa_job_last_duration_seconds", "Duration of the latest run.", "job", seconds)
    runs = GaugeMetricFamily("ppa_job_runs_day", "Runs of the last 24 hours.", labels=["job", "result"])
    for job, lane in status["timeline"]["lanes"].items():
        failed = sum(step["failed"] for step in lane)
        runs.add_metric([job, "error"], failed)
        runs.add_metric([job, "ok"], sum(step["runs"] for step in lane) - failed)
    yield runs
    paused = {one["job"]: int(one["paused"]) for one in status["schedules"]}
    following = {one["job"]: _unix(one["next"]) for one in status["schedules"] if one["next"]}
    yield _each("ppa_schedule_paused", "1 if a job is paused.", "job", paused)
    yield _each("ppa_schedule_next_timestamp_seconds", "Time of the next call of a job.", "job", following)


def _coverage(status: Status) -> Iterator[Metric]:
    coverage = status["coverage"]
    yield _one("ppa_models_active", "Models that predict every hour.", status["models"]["active"])
    yield _one(
        "ppa_prediction_coverage_ratio",
        "Share of the predictions due in the last seven days that were made.",
        coverage["share"],
    )
    yield _one(
        "ppa_predictions_missing",
        "Predictions due in the last seven days that are missing.",
        coverage["missing"],
    )
    yield _each(
        "ppa_predictions_without",
        "Hours of the last seven days without a prediction.",
        "reason",
        coverage["reasons"],
    )


def _providers(status: Status) -> Iterator[Metric]:
    named = {one["provider"]: one for one in status["providers"]}
    for name, key, description in (
        ("ppa_provider_calls_day", "used", "Calls of the last 24 hours."),
        ("ppa_provider_calls_allowed_day", "per_day", "Maximum number of calls in 24 hours."),
        ("ppa_provider_calls_planned_day", "needed", "Calls that the daily refresh needs."),
    ):
        counted = {provider: one[key] for provider, one in named.items() if one[key] is not None}
        yield _each(name, description, "provider", counted)
    failing = {provider: int(one["failure"] is not None) for provider, one in named.items()}
    yield _each("ppa_provider_failing", "1 if the latest call failed.", "provider", failing)


def _means(status: Status) -> Iterator[Metric]:
    cost, storage = status["cost"], status["storage"]
    stored = {"warehouse": storage["warehouse_bytes"], "models": storage["models_bytes"]}
    yield _each("ppa_bigquery_billed_bytes_month", "Bytes billed this month.", "job", cost["by_job"])
    yield _one("ppa_bigquery_cost_month_usd", "Cost of the bytes billed this month.", cost["usd"])
    yield _one("ppa_bigquery_cost_pace_usd", "Cost of the month at this pace.", cost["usd_at_this_pace"])
    yield _one("ppa_budget_month_usd", "Budget of the month.", cost["budget_usd"])
    yield _each("ppa_stored_bytes", "Bytes stored.", "where", stored)


def _one(name: str, description: str, value: float | None) -> GaugeMetricFamily:
    """Gauge with a single value; empty if the value is None."""
    family = GaugeMetricFamily(name, description)
    if value is not None:
        family.add_metric([], value)
    return family


def _each(name: str, description: str, label: str, values: Mapping[str, float | None]) -> GaugeMetricFamily:
    """Gauge with one value per label value."""
    family = GaugeMetricFamily(name, description, labels=[label])
    for key, value in values.items():
        if value is not None:
            family.add_metric([key], value)
    return family


def _unix(moment: Any) -> float | None:
    return None if moment is None else pd.Timestamp(moment).timestamp()
