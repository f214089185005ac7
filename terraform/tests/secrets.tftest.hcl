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

run "keeps_a_secret_for_each_provider" {
  command = plan

  assert {
    condition = toset([for secret in google_secret_manager_secret.provider_key : secret.secret_id]) == toset([
      "ppa-alphavantage-api-key", "ppa-fred-api-key", "ppa-polygon-api-key",
    ])
    error_message = "Each provider with a key must have its secret."
  }

  assert {
    condition     = alltrue([for secret in google_secret_manager_secret.provider_key : secret.deletion_protection])
    error_message = "Secrets must be protected unless it is asked otherwise."
  }
}

run "lets_only_fetching_functions_read" {
  command = plan

  assert {
    condition     = toset([for grant in values(local.secret_grants) : grant.account]) == toset(["backfill", "ingest", "predict"])
    error_message = "Only the functions that fetch may read a key."
  }

  assert {
    condition     = length(google_secret_manager_secret_iam_member.provider_key) == 9
    error_message = "Each key must be granted to each function that fetches."
  }
}

run "keeps_the_secret_that_alerts_are_signed_with" {
  command = plan

  assert {
    condition     = google_secret_manager_secret.alert.secret_id == "ppa-alert-secret" && google_secret_manager_secret.alert.deletion_protection
    error_message = "The secret must be there before its version is, and protected unless it is asked otherwise."
  }

  assert {
    condition     = toset(keys(google_secret_manager_secret_iam_member.alert)) == toset(["predict", "web"])
    error_message = "Only who sends alerts may read it."
  }
}
