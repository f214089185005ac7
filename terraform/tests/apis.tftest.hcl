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

run "enables_what_the_platform_uses" {
  command = plan

  assert {
    condition = alltrue([
      for part in ["bigquery", "cloudbuild", "cloudfunctions", "cloudscheduler", "iap", "run", "secretmanager"] :
      contains(keys(google_project_service.this), "${part}.googleapis.com")
    ])
    error_message = "An API that the platform uses is not enabled."
  }

  assert {
    condition     = alltrue([for api in google_project_service.this : !api.disable_on_destroy])
    error_message = "Destroying the platform must not disable an API for the rest of the project."
  }
}
