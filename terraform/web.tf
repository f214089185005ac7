# Absent until there is an image: the registry is made by the first apply, the image is pushed, the second makes this.
resource "google_cloud_run_v2_service" "web" {
  count = var.images.web == null ? 0 : 1

  name        = local.web_name
  location    = var.region
  description = "Pages and API of the Price Prediction App"

  # It holds no data, and the next apply brings it back.
  deletion_protection = false
  iap_enabled         = true
  ingress             = "INGRESS_TRAFFIC_ALL"

  template {
    execution_environment            = "EXECUTION_ENVIRONMENT_GEN2"
    max_instance_request_concurrency = var.web.concurrency
    service_account                  = google_service_account.this["web"].email
    timeout                          = "120s"

    containers {
      image = var.images.web

      dynamic "env" {
        for_each = local.web_settings

        content {
          name  = env.key
          value = env.value
        }
      }

      dynamic "env" {
        for_each = local.alert_keys

        content {
          name = env.key

          value_source {
            secret_key_ref {
              secret  = env.value.secret
              version = env.value.version
            }
          }
        }
      }

      ports {
        container_port = 8080
      }

      resources {
        cpu_idle          = true
        startup_cpu_boost = true
        limits            = { cpu = var.web.cpu, memory = var.web.memory }
      }

      startup_probe {
        failure_threshold = 12
        period_seconds    = 5

        http_get {
          path = "/healthz"
        }
      }
    }

    scaling {
      max_instance_count = var.web.max_instances
      min_instance_count = 0
    }
  }

  depends_on = [google_project_service.this, google_secret_manager_secret_iam_member.alert]
}

resource "google_cloud_run_v2_service_iam_member" "iap" {
  count = length(google_cloud_run_v2_service.web)

  location = google_cloud_run_v2_service.web[0].location
  name     = google_cloud_run_v2_service.web[0].name
  role     = "roles/run.invoker"
  member   = "serviceAccount:service-${data.google_project.this.number}@gcp-sa-iap.iam.gserviceaccount.com"
}

resource "google_iap_web_cloud_run_service_iam_member" "people" {
  for_each = var.images.web == null ? toset([]) : local.people

  location               = google_cloud_run_v2_service.web[0].location
  cloud_run_service_name = google_cloud_run_v2_service.web[0].name
  role                   = "roles/iap.httpsResourceAccessor"
  member                 = each.key
}
