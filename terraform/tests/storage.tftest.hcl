mock_provider "google" {
  mock_data "google_project" {
    defaults = { number = "123456789012" }
  }
}

variables {
  admins  = ["user:ada@example.com"]
  project = "price-prediction"
  region  = "europe-west1"

  packages = {
    backfill = "tests/fixtures/empty.zip"
    cap      = "tests/fixtures/empty.zip"
    ingest   = "tests/fixtures/empty.zip"
    predict  = "tests/fixtures/empty.zip"
  }
}

run "hardens_the_buckets" {
  command = plan

  assert {
    condition = alltrue([
      for bucket in [google_storage_bucket.models, google_storage_bucket.sources] :
      bucket.uniform_bucket_level_access && bucket.public_access_prevention == "enforced" && bucket.versioning[0].enabled
    ])
    error_message = "Buckets must have uniform access, no public access, and versions."
  }

  assert {
    condition     = google_storage_bucket.models.deletion_policy == "PREVENT" && google_storage_bucket.models.force_destroy != true
    error_message = "Model files must be protected unless it is asked otherwise."
  }

  assert {
    condition     = google_storage_bucket.models.soft_delete_policy[0].retention_duration_seconds == 30 * 86400
    error_message = "A deleted model file must be recoverable for thirty days."
  }

  assert {
    condition     = google_storage_bucket.models.name == "price-prediction-ppa-models"
    error_message = "Bucket names are global, and so must hold the project's."
  }
}

run "lets_only_the_web_service_write_models" {
  command = plan

  assert {
    condition     = google_storage_bucket_iam_member.model_writer.role == "roles/storage.objectUser"
    error_message = "The web service must be able to write model files."
  }

  assert {
    condition     = google_storage_bucket_iam_member.model_reader.role == "roles/storage.objectViewer"
    error_message = "Predict may read model files, not write them."
  }
}
