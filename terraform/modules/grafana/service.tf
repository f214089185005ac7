resource "google_cloud_run_v2_service" "this" {
  name        = local.name
  location    = var.region
  description = "Grafana: the platform's dashboards"

  # It holds no data, and the next apply brings it back.
  deletion_protection = false
  iap_enabled         = true
  ingress             = "INGRESS_TRAFFIC_ALL"

  template {
    execution_environment            = "EXECUTION_ENVIRONMENT_GEN2"
    max_instance_request_concurrency = 80
    service_account                  = google_service_account.this.email
    timeout                          = "60s"

    containers {
      image = var.image

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

      startup_probe {
        failure_threshold = 24
        period_seconds    = 5

        http_get {
          path = "/api/health"
        }
      }

      volume_mounts {
        mount_path = local.folder
        name       = "provisioning"
      }
    }

    # Whoever is known is known by IAP, and what is drawn is in the files: nothing is lost with an instance.
    scaling {
      max_instance_count = 1
      min_instance_count = 0
    }

    volumes {
      name = "provisioning"

      # Objects have no folders; these are read off their names.
      gcs {
        bucket        = google_storage_bucket.provisioning.name
        mount_options = ["implicit-dirs"]
        read_only     = true
      }
    }
  }

  depends_on = [google_storage_bucket_iam_member.provisioning, google_storage_bucket_object.file]
}
