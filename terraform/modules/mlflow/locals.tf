locals {
  name = "${var.prefix}-mlflow"
  host = "${local.name}-${var.project_number}.${var.region}.run.app"

  # Programs stay with the former, which is there as soon as the service is.
  hosts = compact([local.host, var.domain])

  # Postgres knows a service account by its address without the last part.
  database_user = "${local.name}@${var.project}.iam"

  settings = {
    MLFLOW_ARTIFACTS_DESTINATION = "gs://${google_storage_bucket.artifacts.name}"
    MLFLOW_DISABLE_TELEMETRY     = "true"

    # The driver is named, as SQLAlchemy has come to take another one for its own choice.
    MLFLOW_BACKEND_STORE_URI    = "postgresql+psycopg2://${urlencode(local.database_user)}@127.0.0.1:5432/${google_sql_database.this.name}"
    MLFLOW_SERVER_ALLOWED_HOSTS = join(",", local.hosts)

    # MLflow takes its own pages' requests for those of another site, unless they are named.
    MLFLOW_SERVER_CORS_ALLOWED_ORIGINS = join(",", [for host in local.hosts : "https://${host}"])

    # Nobody starts jobs here, and what waits for them takes seven processes of a quarter of a gigabyte each.
    MLFLOW_SERVER_ENABLE_JOB_EXECUTION = "false"
  }
}
