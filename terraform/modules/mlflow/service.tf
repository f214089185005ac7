resource "google_cloud_run_v2_service" "this" {
  name        = local.name
  location    = var.region
  description = "MLflow: the runs of all uploaded models"

  # It holds no data, and the next apply brings it back.
  deletion_protection = false
  iap_enabled         = true
  ingress             = "INGRESS_TRAFFIC_ALL"

  template {
    execution_environment            = "EXECUTION_ENVIRONMENT_GEN2"
    max_instance_request_concurrency = 40
    service_account                  = google_service_account.this.email
    timeout                          = "300s"

    containers {
      name       = "mlflow"
      image      = var.image
      depends_on = ["database"]

      dynamic "env" {
        for_each = local.settings

        content {
          name  = env.key
          value = env.value
        }
      }

      ports {
        container_port = 8080
      }

      resources {
        cpu_idle          = true
        startup_cpu_boost = true
        limits            = { cpu = "1", memory = "1Gi" }
      }
    }

    containers {
      name  = "database"
      image = var.proxy_image

      # Between requests there is no processor for it, so that it renews its certificate when it is needed.
      args = [
        "--auto-iam-authn", "--health-check", "--http-address=0.0.0.0", "--http-port=9090", "--lazy-refresh", "--port=5432",
        google_sql_database_instance.this.connection_name,
      ]

      resources {
        cpu_idle = true
        limits   = { cpu = "0.5", memory = "256Mi" }
      }

      startup_probe {
        failure_threshold = 20
        period_seconds    = 3

        http_get {
          path = "/startup"
          port = 9090
        }
      }
    }

    scaling {
      max_instance_count = 1
      min_instance_count = 0
    }
  }

  depends_on = [google_project_iam_member.database, google_sql_user.this, google_storage_bucket_iam_member.artifacts]
}
