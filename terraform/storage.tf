resource "google_storage_bucket" "models" {
  #checkov:skip=CKV_GCP_62:Cloud Audit Logs record access; usage logs would need a bucket of their own.
  name     = "${var.project}-${var.prefix}-models"
  location = local.data_location

  deletion_policy             = local.deletion_policy
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

  depends_on = [google_project_service.this]
}

resource "google_storage_bucket" "sources" {
  #checkov:skip=CKV_GCP_62:Cloud Audit Logs record access; usage logs would need a bucket of their own.
  name     = "${var.project}-${var.prefix}-sources"
  location = local.data_location

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

  lifecycle_rule {
    action {
      type = "AbortIncompleteMultipartUpload"
    }

    condition {
      age = 1
    }
  }

  soft_delete_policy {
    retention_duration_seconds = 604800
  }

  versioning {
    enabled = true
  }

  depends_on = [google_project_service.this]
}

# Named by content: a function is redeployed exactly when its package changes.
resource "google_storage_bucket_object" "package" {
  for_each = var.packages

  bucket = google_storage_bucket.sources.name
  name   = "${each.key}-${filesha256(each.value)}.zip"
  source = each.value
}

resource "google_storage_bucket_iam_member" "build_sources" {
  bucket = google_storage_bucket.sources.name
  role   = "roles/storage.objectViewer"
  member = local.members["builder"]
}

resource "google_storage_bucket_iam_member" "model_reader" {
  bucket = google_storage_bucket.models.name
  role   = "roles/storage.objectViewer"
  member = local.members["predict"]
}

# A challenger that is trained on a schedule is a new file; none is ever replaced or deleted from there.
resource "google_storage_bucket_iam_member" "model_maker" {
  bucket = google_storage_bucket.models.name
  role   = "roles/storage.objectCreator"
  member = local.members["predict"]
}

resource "google_storage_bucket_iam_member" "model_writer" {
  bucket = google_storage_bucket.models.name
  role   = "roles/storage.objectUser"
  member = local.members["web"]
}
