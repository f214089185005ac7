resource "google_storage_bucket" "provisioning" {
  #checkov:skip=CKV_GCP_62:Cloud Audit Logs record access; usage logs would need a bucket of their own.
  name     = "${var.project}-${local.name}"
  location = var.data_location

  force_destroy               = true
  public_access_prevention    = "enforced"
  uniform_bucket_level_access = true

  lifecycle_rule {
    action {
      type = "Delete"
    }

    condition {
      days_since_noncurrent_time = 30
      with_state                 = "ARCHIVED"
    }
  }

  soft_delete_policy {
    retention_duration_seconds = 604800
  }

  versioning {
    enabled = true
  }
}

resource "google_storage_bucket_object" "file" {
  for_each = local.files

  bucket  = google_storage_bucket.provisioning.name
  name    = each.key
  content = each.value
}
