"""Dashboard for a local Grafana, with Prometheus reading the app's /metrics."""

from grafana_foundation_sdk.builders.dashboard import Dashboard, DatasourceVariable, Row

from tools.dashboards.panels import add_panels, prometheus_series, prometheus_stat, prometheus_table

PROBLEMS = "Problems shown by System info, by their code in docs/runbook.md."


def home() -> Dashboard:
    """Dashboard `/d/ppa-home`."""
    board = Dashboard("Price Prediction App (local)").uid("ppa-home").tags(["price-prediction-app"])
    board = board.refresh("1m").time("now-24h", "now").timezone("utc").readonly()
    board = board.with_variable(DatasourceVariable("prometheus").label("Prometheus").type("prometheus"))
    return add_panels(
        board,
        Row("Health"),
        prometheus_stat("Healthy", "bool_yes_no", "ppa_healthy"),
        prometheus_stat("Problems", "none", "sum(ppa_problems)"),
        prometheus_stat("Late series", "none", "sum(ppa_series_late)"),
        prometheus_stat(
            "Predictions made",
            "percentunit",
            "ppa_prediction_coverage_ratio",
            "Share of those due in the last seven days.",
        ),
        prometheus_stat(
            "Time since the last ingest", "s", 'time() - ppa_job_last_success_timestamp_seconds{job="ingest"}'
        ),
        prometheus_stat(
            "Time since the last hourly run",
            "s",
            'time() - ppa_job_last_success_timestamp_seconds{job="predict"}',
        ),
        prometheus_table("Problems by code", "ppa_problems > 0", PROBLEMS),
        prometheus_table(
            "Late series by age",
            "ppa_series_age_seconds and on (series) (ppa_series_late == 1)",
            "Age in seconds.",
        ),
        Row("Jobs"),
        prometheus_series("Duration of the latest run", "s", "ppa_job_last_duration_seconds", "{{job}}"),
        prometheus_series("Runs in 24 hours", "none", "ppa_job_runs_day", "{{job}}, {{result}}"),
        prometheus_series("Paused", "none", "ppa_schedule_paused", "{{job}}"),
        Row("Data and predictions"),
        prometheus_series(
            "Age of series relative to the limit",
            "percentunit",
            "ppa_series_age_seconds / ppa_series_allowed_age_seconds",
            "{{series}}",
        ),
        prometheus_series("Closed hours with a row", "none", "ppa_rows", "hours"),
        prometheus_series(
            "Hours without a prediction, seven days", "none", "ppa_predictions_without", "{{reason}}"
        ),
        prometheus_series("Active models", "none", "ppa_models_active", "models"),
        Row("Providers, cost and storage"),
        prometheus_series("Calls in 24 hours", "none", "ppa_provider_calls_day", "{{provider}}"),
        prometheus_series(
            "Calls used, share of the limit",
            "percentunit",
            "ppa_provider_calls_day / ppa_provider_calls_allowed_day",
            "{{provider}}",
        ),
        prometheus_series(
            "BigQuery bytes billed this month", "bytes", "ppa_bigquery_billed_bytes_month", "{{job}}"
        ),
        prometheus_series("Storage", "bytes", "ppa_stored_bytes", "{{where}}"),
    )
