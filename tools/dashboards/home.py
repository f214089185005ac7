"""Dashboard for a local Grafana, with Prometheus reading the app's /metrics."""

from grafana_foundation_sdk.builders.dashboard import Dashboard, DatasourceVariable, Row

from tools.dashboards.panels import figure, filled, listed, measured

PROBLEMS = "Problems shown by System info, by their code in docs/runbook.md."


def home() -> Dashboard:
    """Dashboard `/d/ppa-home`."""
    board = Dashboard("Price Prediction App (local)").uid("ppa-home").tags(["price-prediction-app"])
    board = board.refresh("1m").time("now-24h", "now").timezone("utc").readonly()
    board = board.with_variable(DatasourceVariable("prometheus").label("Prometheus").type("prometheus"))
    return filled(
        board,
        Row("Health"),
        figure("Healthy", "bool_yes_no", "ppa_healthy"),
        figure("Problems", "none", "sum(ppa_problems)"),
        figure("Late series", "none", "sum(ppa_series_late)"),
        figure(
            "Predictions made",
            "percentunit",
            "ppa_prediction_coverage_ratio",
            "Share of those due in the last seven days.",
        ),
        figure(
            "Time since the last ingest", "s", 'time() - ppa_job_last_success_timestamp_seconds{job="ingest"}'
        ),
        figure(
            "Time since the last hourly run",
            "s",
            'time() - ppa_job_last_success_timestamp_seconds{job="predict"}',
        ),
        listed("Problems by code", "ppa_problems > 0", PROBLEMS),
        listed(
            "Late series by age",
            "ppa_series_age_seconds and on (series) (ppa_series_late == 1)",
            "Age in seconds.",
        ),
        Row("Jobs"),
        measured("Duration of the latest run", "s", "ppa_job_last_duration_seconds", "{{job}}"),
        measured("Runs in 24 hours", "none", "ppa_job_runs_day", "{{job}}, {{result}}"),
        measured("Paused", "none", "ppa_schedule_paused", "{{job}}"),
        Row("Data and predictions"),
        measured(
            "Age of series relative to the limit",
            "percentunit",
            "ppa_series_age_seconds / ppa_series_allowed_age_seconds",
            "{{series}}",
        ),
        measured("Closed hours with a row", "none", "ppa_rows", "hours"),
        measured("Hours without a prediction, seven days", "none", "ppa_predictions_without", "{{reason}}"),
        measured("Active models", "none", "ppa_models_active", "models"),
        Row("Providers, cost and storage"),
        measured("Calls in 24 hours", "none", "ppa_provider_calls_day", "{{provider}}"),
        measured(
            "Calls used, share of the limit",
            "percentunit",
            "ppa_provider_calls_day / ppa_provider_calls_allowed_day",
            "{{provider}}",
        ),
        measured("BigQuery bytes billed this month", "bytes", "ppa_bigquery_billed_bytes_month", "{{job}}"),
        measured("Storage", "bytes", "ppa_stored_bytes", "{{where}}"),
    )
