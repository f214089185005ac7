resource "google_artifact_registry_repository" "this" {
  #checkov:skip=CKV_GCP_84:Google's own encryption at rest is enough for images of public code.
  repository_id = var.prefix
  location      = var.region
  format        = "DOCKER"
  description   = "Images of the functions and the web service"

  cleanup_policy_dry_run = false

  cleanup_policies {
    id     = "delete-old"
    action = "DELETE"

    condition {
      older_than = "604800s"
    }
  }

  cleanup_policies {
    id     = "keep-recent"
    action = "KEEP"

    most_recent_versions {
      keep_count = 3
    }
  }

  depends_on = [google_project_service.this]
}
