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

run "has_no_budget_without_a_billing_account" {
  command = plan

  assert {
    condition     = length(google_billing_budget.this) == 0 && length(google_pubsub_topic.budget) == 0 && !contains(keys(google_cloudfunctions2_function.this), "cap")
    error_message = "Without a billing account there is nothing to set a budget on."
  }
}

run "warns_about_this_project_only" {
  command = plan

  variables {
    alert_email     = "ada@example.com"
    billing_account = "0A1B2C-3D4E5F-678901"
    budget          = { amount = 20 }
  }

  assert {
    condition     = google_billing_budget.this[0].budget_filter[0].projects == toset(["projects/123456789012"])
    error_message = "The budget must cover this project and no other."
  }

  assert {
    condition     = google_billing_budget.this[0].amount[0].specified_amount[0].units == "20"
    error_message = "The budget must be the amount that was asked for."
  }

  assert {
    condition     = toset([for rule in google_billing_budget.this[0].threshold_rules : rule.threshold_percent if rule.spend_basis == "CURRENT_SPEND"]) == toset([0.5, 0.9, 1])
    error_message = "The budget must warn at each threshold."
  }

  assert {
    condition     = length([for rule in google_billing_budget.this[0].threshold_rules : rule if rule.spend_basis == "FORECASTED_SPEND"]) == 1
    error_message = "The budget must warn when the forecast passes it."
  }

  assert {
    condition     = length(google_pubsub_subscription.cap) == 1 && contains(keys(google_cloudfunctions2_function.this), "cap")
    error_message = "Spending the budget must pause the schedules."
  }

  assert {
    condition     = google_cloudfunctions2_function.this["cap"].service_config[0].environment_variables == tomap({ LOG_EXECUTION_ID = "true", PPA_BUDGET_CAP = "1", PPA_SCHEDULES = "projects/price-prediction/locations/europe-west1/jobs/ppa-" })
    error_message = "The function cap must know the schedules and nothing of the data."
  }

  assert {
    condition     = google_pubsub_topic.budget[0].message_storage_policy[0].allowed_persistence_regions == toset(["europe-west1"])
    error_message = "Budget messages must stay in the region."
  }
}

run "only_warns_without_a_cap" {
  command = plan

  variables {
    billing_account = "0A1B2C-3D4E5F-678901"
    budget          = { cap = 0 }
  }

  assert {
    condition     = length(google_billing_budget.this) == 1 && length(google_pubsub_subscription.cap) == 0 && !contains(keys(google_service_account.this), "cap")
    error_message = "Without a cap nothing may pause the schedules."
  }
}
