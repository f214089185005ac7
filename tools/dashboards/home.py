"""The dashboard for those at home: Prometheus, which reads the app's /metrics."""

from grafana_foundation_sdk.builders.dashboard import Dashboard, DatasourceVariable, Row

from tools.dashboards.panels import figure, filled, listed, measured

NEEDED = "What System info shows as problems, by their code in docs/runbook.md."


def home() -> Dashboard:
    """`/d/ppa-home`."""
    board = Dashboard("Price Prediction App, at home").uid("ppa-home").tags(["price-prediction-app"])
    board = board.refresh("1m").time("now-24h", "now").timezone("utc").readonly()
    board = board.with_variable(DatasourceVariable("prometheus").label("Prometheus").type("prometheus"))
    return filled(
        board,
        Row("Does it run?"),
        figure("Healthy", "bool_yes_no", "ppa_healthy"),
        figure("Problems", "none", "sum(ppa_problems)"),
        figure("Late series", "none", "sum(ppa_series_late)"),
        figure(
            "Predictions made", "percentunit", "ppa_prediction_coverage_ratio", "Of those owed in seven days."
        ),
        figure("Since the last ingest", "s", 'time() - ppa_job_last_success_timestamp_seconds{job="ingest"}'),
        figure(
            "Since the last hourly run", "s", 'time() - ppa_job_last_success_timestamp_seconds{job="predict"}'
        ),
        listed("Problems by code", "ppa_problems > 0", NEEDED),
        listed(
            "Which series are late",
            "ppa_series_age_seconds and on (series) (ppa_series_late == 1)",
            "Age in seconds.",
        ),
        Row("Jobs"),
        measured("How long the latest run took", "s", "ppa_job_last_duration_seconds", "{{job}}"),
        measured("Runs of 24 hours", "none", "ppa_job_runs_day", "{{job}}, {{result}}"),
        measured("Paused", "none", "ppa_schedule_paused", "{{job}}"),
        Row("Data and predictions"),
        measured(
            "Age of series, of the age allowed",
            "percentunit",
            "ppa_series_age_seconds / ppa_series_allowed_age_seconds",
            "{{series}}",
        ),
        measured("Closed hours that have a row", "none", "ppa_rows", "hours"),
        measured("Answers without a prediction, seven days", "none", "ppa_predictions_without", "{{reason}}"),
        measured("Active models", "none", "ppa_models_active", "models"),
        Row("Providers, cost and storage"),
        measured("Calls of 24 hours", "none", "ppa_provider_calls_day", "{{provider}}"),
        measured(
            "Calls used, of those allowed",
            "percentunit",
            "ppa_provider_calls_day / ppa_provider_calls_allowed_day",
            "{{provider}}",
        ),
        measured("BigQuery bytes billed this month", "bytes", "ppa_bigquery_billed_bytes_month", "{{job}}"),
        measured("Stored", "bytes", "ppa_stored_bytes", "{{where}}"),
    )
