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

run "cleans_up_old_images" {
  command = plan

  assert {
    condition     = !google_artifact_registry_repository.this.cleanup_policy_dry_run
    error_message = "Clean-up must not be a dry run."
  }

  assert {
    condition     = toset([for policy in google_artifact_registry_repository.this.cleanup_policies : policy.action]) == toset(["DELETE", "KEEP"])
    error_message = "Old images must go, and the newest must stay."
  }
}
