# The service signs in as its own account: there is no password that could be in a state, a secret or a log.
resource "google_sql_database_instance" "this" {
  #checkov:skip=CKV_GCP_60:The address is public and takes no network; whoever connects must be let in by IAM first.
  #checkov:skip=CKV2_GCP_20:That rule is about MySQL, and this is Postgres with point-in-time recovery below.
  name             = local.name
  region           = var.region
  database_version = "POSTGRES_18"

  deletion_policy     = var.deletion_protection ? "PREVENT" : "DELETE"
  deletion_protection = var.deletion_protection

  settings {
    edition = "ENTERPRISE"
    tier    = var.tier

    deletion_protection_enabled = var.deletion_protection
    disk_autoresize_limit       = 50
    disk_size                   = 10
    disk_type                   = "PD_HDD"

    backup_configuration {
      enabled                        = true
      point_in_time_recovery_enabled = true
    }

    database_flags {
      name  = "cloudsql.enable_pgaudit"
      value = "on"
    }

    database_flags {
      name  = "cloudsql.iam_authentication"
      value = "on"
    }

    database_flags {
      name  = "log_checkpoints"
      value = "on"
    }

    database_flags {
      name  = "log_connections"
      value = "on"
    }

    database_flags {
      name  = "log_disconnections"
      value = "on"
    }

    database_flags {
      name  = "log_duration"
      value = "on"
    }

    database_flags {
      name  = "log_hostname"
      value = "on"
    }

    database_flags {
      name  = "log_lock_waits"
      value = "on"
    }

    database_flags {
      name  = "log_min_error_statement"
      value = "error"
    }

    database_flags {
      name  = "log_min_messages"
      value = "warning"
    }

    database_flags {
      name  = "log_statement"
      value = "ddl"
    }

    # No authorized networks: only the proxy beside the service gets in, by a certificate that IAM gives it.
    ip_configuration {
      ipv4_enabled = true
      ssl_mode     = "TRUSTED_CLIENT_CERTIFICATE_REQUIRED"
    }
  }

  depends_on = [google_project_service.this]
}

resource "google_sql_database" "this" {
  name     = "mlflow"
  instance = google_sql_database_instance.this.name
}

resource "google_sql_user" "this" {
  name     = local.database_user
  instance = google_sql_database_instance.this.name
  type     = "CLOUD_IAM_SERVICE_ACCOUNT"

  # MLflow makes its own tables.
  database_roles = ["cloudsqlsuperuser"]
}
