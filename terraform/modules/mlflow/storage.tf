resource "google_storage_bucket" "artifacts" {
  #checkov:skip=CKV_GCP_62:Cloud Audit Logs record access; usage logs would need a bucket of their own.
  name     = "${var.project}-${local.name}-artifacts"
  location = var.data_location

  deletion_policy             = var.deletion_protection ? "PREVENT" : "DELETE"
  public_access_prevention    = "enforced"
  uniform_bucket_level_access = true

  lifecycle_rule {
    action {
      type = "Delete"
    }

    condition {
      days_since_noncurrent_time = 90
      with_state                 = "ARCHIVED"
    }
  }

  lifecycle_rule {
    action {
      type = "AbortIncompleteMultipartUpload"
    }

    condition {
      age = 1
    }
  }

  soft_delete_policy {
    retention_duration_seconds = 2592000
  }

  versioning {
    enabled = true
  }
}
