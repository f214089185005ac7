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

run "says_where_things_are" {
  command = plan

  assert {
    condition     = output.images == "europe-west1-docker.pkg.dev/price-prediction/ppa"
    error_message = "The images' address must be known before the first is built."
  }

  assert {
    condition     = output.models == "gs://price-prediction-ppa-models"
    error_message = "The model store's address must be in the form that the app reads."
  }

  assert {
    condition     = output.warehouse == "bigquery://price-prediction/price_prediction?location=europe-west1"
    error_message = "The warehouse's address must be in the form that the app reads."
  }

  assert {
    condition     = output.web_url == null
    error_message = "There is no address before there is an image."
  }
}
