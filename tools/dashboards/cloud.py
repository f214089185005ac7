"""Cloud dashboard: services from Cloud Monitoring, jobs and data from BigQuery."""

from grafana_foundation_sdk.builders.dashboard import Dashboard, Row, TextBoxVariable

from tools.dashboards.panels import add_panels, bigquery_series, bigquery_table, monitoring_series

SERVICES = [
    "resource.type",
    "=",
    "cloud_run_revision",
    "AND",
    "resource.label.service_name",
    "=~",
    "^${prefix}-.*",
]
BY_SERVICE = ["resource.label.service_name"]
REQUESTS = ["metric.type", "=", "run.googleapis.com/request_count", "AND", *SERVICES]
LATENCY = ["metric.type", "=", "run.googleapis.com/request_latencies", "AND", *SERVICES]
MEMORY = ["metric.type", "=", "run.googleapis.com/container/memory/utilizations", "AND", *SERVICES]
SCANNED = [
    "metric.type",
    "=",
    "bigquery.googleapis.com/query/statement_scanned_bytes_billed",
    "AND",
    "resource.type",
    "=",
    "bigquery_project",
]
OF_CLASS = ["AND", "metric.label.response_code_class", "="]

RUN_SECONDS = """
SELECT TIMESTAMP_TRUNC(started_at, MINUTE) AS time, job AS metric,
  MAX(TIMESTAMP_DIFF(finished_at, started_at, MILLISECOND)) / 1000 AS seconds
FROM `${dataset}.job_runs`
WHERE $__timeFilter(scheduled_for)
GROUP BY time, metric
ORDER BY time
"""
FAILED_RUNS = """
SELECT started_at, job, error
FROM `${dataset}.job_runs`
WHERE $__timeFilter(scheduled_for) AND status = 'error'
ORDER BY started_at DESC
LIMIT 100
"""
PREDICTIONS = """
SELECT ts AS time, IFNULL(reason, origin) AS metric, COUNT(*) AS answers
FROM `${dataset}.predictions`
WHERE $__timeFilter(ts) AND origin IN ('live', 'buffer')
GROUP BY time, metric
ORDER BY time
"""
BILLED = """
SELECT TIMESTAMP_TRUNC(started_at, HOUR) AS time, job AS metric, SUM(bytes_billed) AS bytes
FROM `${dataset}.job_runs`
WHERE $__timeFilter(scheduled_for)
GROUP BY time, metric
ORDER BY time
"""
FRESHNESS = """
SELECT series, MAX(event_time) AS newest, MAX(known_at) AS known_at, COUNT(*) AS observations
FROM `${dataset}.observations`
WHERE counted IS NOT FALSE AND event_time >= TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 200 DAY)
GROUP BY series
ORDER BY newest
"""
SCHEDULE_EVENTS = """
SELECT at, job, event, `by`
FROM `${dataset}.schedule_events`
ORDER BY at DESC
LIMIT 100
"""


def cloud() -> Dashboard:
    """Dashboard `/d/ppa-cloud`."""
    board = Dashboard("Price Prediction App").uid("ppa-cloud").tags(["price-prediction-app"])
    board = board.refresh("5m").time("now-24h", "now").timezone("utc").readonly()
    board = board.with_variable(TextBoxVariable("dataset").label("Dataset").default_value("price_prediction"))
    board = board.with_variable(TextBoxVariable("prefix").label("Name prefix").default_value("ppa"))
    return add_panels(
        board,
        Row("Services"),
        monitoring_series(
            "Successful requests",
            "reqps",
            [*REQUESTS, *OF_CLASS, "2xx"],
            "ALIGN_RATE",
            "REDUCE_SUM",
            BY_SERVICE,
        ),
        monitoring_series(
            "Failed requests",
            "reqps",
            [*REQUESTS, *OF_CLASS, "5xx"],
            "ALIGN_RATE",
            "REDUCE_SUM",
            BY_SERVICE,
        ),
        monitoring_series(
            "Request latency, 95th percentile",
            "ms",
            LATENCY,
            "ALIGN_PERCENTILE_95",
            "REDUCE_MAX",
            BY_SERVICE,
        ),
        monitoring_series(
            "Memory use, 95th percentile",
            "percentunit",
            MEMORY,
            "ALIGN_PERCENTILE_95",
            "REDUCE_MAX",
            BY_SERVICE,
        ),
        Row("Jobs"),
        bigquery_series("Run duration", "s", RUN_SECONDS),
        bigquery_table("Failed runs", FAILED_RUNS, "With their errors; see docs/runbook.md for remedies."),
        bigquery_table("Manual changes to schedules", SCHEDULE_EVENTS),
        Row("Data and predictions"),
        bigquery_series(
            "Predictions by hour", "none", PREDICTIONS, "By origin, or by the reason for no prediction."
        ),
        bigquery_table("Series, oldest first", FRESHNESS),
        Row("Cost"),
        bigquery_series("Bytes billed by job", "bytes", BILLED),
        monitoring_series(
            "Bytes billed by BigQuery in total", "bytes", SCANNED, "ALIGN_DELTA", "REDUCE_SUM", []
        ),
    )
