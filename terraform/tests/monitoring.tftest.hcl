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

run "watches_the_scheduled_jobs" {
  command = plan

  assert {
    condition     = google_monitoring_alert_policy.silence["ingest"].conditions[0].condition_absent[0].duration == "900s"
    error_message = "Fifteen minutes without an ingest must alert."
  }

  assert {
    condition     = strcontains(google_monitoring_alert_policy.silence["predict"].conditions[0].condition_absent[0].filter, "\"ppa-predict\"")
    error_message = "A missing prediction run must alert."
  }

  assert {
    condition     = toset(keys(local.silences)) == toset(keys(local.jobs))
    error_message = "Every scheduled job must be watched."
  }

  assert {
    condition     = google_monitoring_alert_policy.errors.conditions[0].condition_threshold[0].threshold_value == 0.05
    error_message = "More than one failed request in twenty must alert."
  }
}

run "watches_what_the_jobs_log" {
  command = plan

  assert {
    condition     = toset(keys(google_monitoring_alert_policy.event)) == toset(["prediction_missing", "stale_feature"])
    error_message = "Missing predictions and stale features must alert."
  }

  assert {
    condition     = alltrue([for name, policy in google_monitoring_alert_policy.event : strcontains(policy.conditions[0].condition_matched_log[0].filter, "jsonPayload.event = \"${name}\"")])
    error_message = "An alert must be on its own event."
  }

  assert {
    condition     = alltrue([for policy in google_monitoring_alert_policy.event : policy.alert_strategy[0].notification_rate_limit[0].period == "3600s"])
    error_message = "Google wants a limit on how often lines may tell; a bad hour is one message."
  }
}

run "watches_what_queries_cost" {
  command = plan

  assert {
    condition     = google_monitoring_alert_policy.spend.conditions[0].condition_threshold[0].threshold_value * 30 <= pow(1024, 4)
    error_message = "A day's queries that a month's free ones do not cover must alert."
  }

  assert {
    condition     = strcontains(google_monitoring_alert_policy.spend.conditions[0].condition_threshold[0].filter, "resource.type = \"bigquery_project\"")
    error_message = "Bytes by statement are of the resource bigquery_project; with another, Google refuses the policy."
  }
}

run "shows_a_dashboard" {
  command = plan

  assert {
    condition     = length(jsondecode(google_monitoring_dashboard.this.dashboard_json).gridLayout.widgets) == length(local.charts)
    error_message = "The dashboard must show every chart."
  }
}

run "tells_nobody_without_an_address" {
  command = plan

  assert {
    condition     = length(google_monitoring_notification_channel.email) == 0
    error_message = "Without an address there is no channel."
  }
}

run "tells_the_address" {
  command = plan

  variables {
    alert_email = "ada@example.com"
  }

  assert {
    condition     = google_monitoring_notification_channel.email[0].labels.email_address == "ada@example.com"
    error_message = "Alerts must go to the address."
  }
}
