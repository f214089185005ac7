locals {
  name = "${var.prefix}-mlflow"
  host = "${local.name}-${var.project_number}.${var.region}.run.app"

  # Postgres knows a service account by its address without the last part.
  database_user = "${local.name}@${var.project}.iam"

  settings = {
    MLFLOW_ARTIFACTS_DESTINATION = "gs://${google_storage_bucket.artifacts.name}"
    MLFLOW_BACKEND_STORE_URI     = "postgresql://${urlencode(local.database_user)}@127.0.0.1:5432/${google_sql_database.this.name}"
    MLFLOW_SERVER_ALLOWED_HOSTS  = local.host

    # MLflow takes its own pages' requests for those of another site, unless they are named.
    MLFLOW_SERVER_CORS_ALLOWED_ORIGINS = "https://${local.host}"

    # Nobody starts jobs here, and what waits for them takes seven processes of a quarter of a gigabyte each.
    MLFLOW_SERVER_ENABLE_JOB_EXECUTION = "false"
  }
}
