"""What is watched exists: every filter names a metric, a resource and labels that Google documents together.

Google refuses an alert policy whose metric is of another resource, and with it the whole deployment; no mock knows it.
The pairs are those of https://cloud.google.com/monitoring/api/metrics_gcp and of
https://cloud.google.com/monitoring/api/resources, aligners those of
https://cloud.google.com/monitoring/api/ref_v3/rest/v3/projects.alertPolicies#Aligner.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from applied import Resource

REPO = Path(__file__).parents[2]
GRAFANA = REPO / "terraform" / "modules" / "grafana" / "dashboards" / "cloud.json"
TERM = re.compile(r'(metric|resource)\.(type|labels?\.\w+) = (?:starts_with\()?"([^"]+)"\)?')
RESOURCES = {
    "bigquery_project": {"project_id", "location"},
    "cloud_run_revision": {"project_id", "location", "service_name", "revision_name", "configuration_name"},
}
MAX_ALIGNED_SECONDS = 90_000
ABSENT_SECONDS = range(120, 84_601)


@dataclass(frozen=True)
class Metric:
    """The resource that a metric is of, its labels, and the aligners that its kind and type take."""

    resource: str
    labels: frozenset[str]
    aligners: frozenset[str]


RESPONSES = frozenset({"response_code", "response_code_class", "route"})
COUNTS = frozenset({"ALIGN_DELTA", "ALIGN_RATE", "ALIGN_SUM"})  # kind DELTA, type INT64
DISTRIBUTIONS = frozenset({"ALIGN_PERCENTILE_50", "ALIGN_PERCENTILE_95", "ALIGN_PERCENTILE_99"})
METRICS = {
    "bigquery.googleapis.com/query/statement_scanned_bytes_billed": Metric(
        "bigquery_project", frozenset({"priority", "statement_type"}), COUNTS
    ),
    "run.googleapis.com/container/memory/utilizations": Metric(
        "cloud_run_revision", frozenset(), DISTRIBUTIONS
    ),
    "run.googleapis.com/request_count": Metric("cloud_run_revision", RESPONSES, COUNTS),
    "run.googleapis.com/request_latencies": Metric("cloud_run_revision", RESPONSES, DISTRIBUTIONS),
}


@dataclass(frozen=True)
class Watched:
    """A filter, and how its series are aligned and grouped."""

    filter: str
    aligner: str
    seconds: int
    groups: tuple[str, ...]


@pytest.fixture(scope="module")
def conditions(applied: list[Resource]) -> list[dict[str, Any]]:
    """Every condition of every alert policy."""
    policies = [r["values"] for r in applied if r["type"] == "google_monitoring_alert_policy"]
    assert len(policies) >= 6
    return [condition for policy in policies for condition in policy["conditions"]]  # type: ignore[attr-defined]


def test_every_alert_is_on_a_metric_that_its_resource_has(conditions: list[dict[str, Any]]) -> None:
    watched = [w for condition in conditions for w in _alerted(condition)]
    assert len(watched) >= 5
    for each in watched:
        _check(each)
        assert each.seconds <= MAX_ALIGNED_SECONDS


def test_every_chart_in_cloud_monitoring_is_of_a_metric_that_its_resource_has(
    applied: list[Resource],
) -> None:
    [dashboard] = [r["values"] for r in applied if r["type"] == "google_monitoring_dashboard"]
    widgets = json.loads(str(dashboard["dashboard_json"]))["gridLayout"]["widgets"]
    series = [s["timeSeriesQuery"]["timeSeriesFilter"] for w in widgets for s in w["xyChart"]["dataSets"]]
    assert len(series) >= 5
    for each in series:
        _check(
            _watched(each["filter"], each["aggregation"], "perSeriesAligner alignmentPeriod groupByFields")
        )


def test_every_chart_in_grafana_is_of_a_metric_that_its_resource_has() -> None:
    charts = list(_charts(json.loads(GRAFANA.read_text(encoding="utf-8"))))
    assert len(charts) >= 5
    for chart in charts:
        terms = " ".join(chart["filters"]).split(" AND ")
        quoted = [re.sub(r"^(\S+) =~? (.+)$", r'\1 = "\2"', term) for term in terms]
        _check(Watched(" AND ".join(quoted), chart["perSeriesAligner"], 60, tuple(chart["groupBys"])))


def test_an_absence_is_of_a_length_that_google_takes(conditions: list[dict[str, Any]]) -> None:
    absent = [c["condition_absent"][0] for c in conditions if c.get("condition_absent")]
    assert absent
    for condition in absent:
        seconds = int(condition["duration"].removesuffix("s"))
        assert seconds in ABSENT_SECONDS
        assert seconds % 60 == 0


def test_alerts_on_lines_of_the_log_say_how_often_they_may_tell(applied: list[Resource]) -> None:
    policies = [r["values"] for r in applied if r["type"] == "google_monitoring_alert_policy"]
    on_lines = [p for p in policies if p["conditions"][0].get("condition_matched_log")]  # type: ignore[index]
    assert len(on_lines) == 2
    for policy in on_lines:
        assert policy["alert_strategy"][0]["notification_rate_limit"][0]["period"] == "3600s"  # type: ignore[index]
        assert len(policy["conditions"]) == 1  # type: ignore[arg-type]


def test_no_alert_waits_for_a_metric_that_a_deployment_makes(applied: list[Resource]) -> None:
    """Such a metric can be alerted on some minutes after it is made: the first `terraform apply` would fail."""
    assert [r["address"] for r in applied if r["type"] == "google_logging_metric"] == []


def _alerted(condition: dict[str, Any]) -> Iterator[Watched]:
    names = "per_series_aligner alignment_period group_by_fields"
    for kind in ("condition_absent", "condition_threshold"):
        for body in condition.get(kind) or ():
            yield _watched(body["filter"], body["aggregations"][0], names)
            if body.get("denominator_filter"):
                yield _watched(body["denominator_filter"], body["denominator_aggregations"][0], names)


def _watched(filter_: str, aggregation: dict[str, Any], names: str) -> Watched:
    aligner, period, groups = (aggregation.get(name) for name in names.split())
    return Watched(filter_, str(aligner), int(str(period).removesuffix("s")), tuple(groups or ()))


def _check(watched: Watched) -> None:
    terms = [TERM.fullmatch(term) for term in watched.filter.split(" AND ")]
    assert all(terms), f"cannot be read: {watched.filter}"
    output = {f"{t[1]}.{t[2].replace('labels.', 'label.')}": t[3] for t in terms if t}
    metric, resource = METRICS[output["metric.type"]], output["resource.type"]
    assert resource == metric.resource, watched.filter
    for name in (*output, *(group.replace("labels.", "label.") for group in watched.groups)):
        whose, _, label = name.partition(".label.")
        reference = metric.labels if whose == "metric" else RESOURCES[resource]
        assert not label or label in reference, f"{name} in {watched.filter}"
    assert watched.aligner in metric.aligners, watched
    assert watched.seconds >= 60
    assert watched.seconds % 60 == 0


def _charts(part: Any) -> Iterator[dict[str, Any]]:
    """Every question to Cloud Monitoring, however deep."""
    if isinstance(part, dict):
        if "filters" in part:
            yield part
        for inner in part.values():
            yield from _charts(inner)
    elif isinstance(part, list):
        for inner in part:
            yield from _charts(inner)
