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

run "deploys_three_functions" {
  command = plan

  assert {
    condition     = toset([for function in google_cloudfunctions2_function.this : function.name]) == toset(["ppa-backfill", "ppa-ingest", "ppa-predict"])
    error_message = "There must be the functions ingest, predict and backfill."
  }

  assert {
    condition = alltrue([
      for function in google_cloudfunctions2_function.this :
      function.service_config[0].max_instance_count == 1 && function.service_config[0].max_instance_request_concurrency == 1
    ])
    error_message = "A function must run once at a time."
  }

  assert {
    condition     = alltrue([for name, function in google_cloudfunctions2_function.this : function.build_config[0].entry_point == name])
    error_message = "A function's entry point must have its name."
  }
}

run "names_packages_by_content" {
  command = plan

  assert {
    condition = alltrue([
      for name, package in google_storage_bucket_object.package :
      package.name == "${name}-${filesha256("tests/fixtures/empty.zip")}.zip"
    ])
    error_message = "A package's object must be named by its content's hash, or the function is not redeployed."
  }
}

run "times_out_when_scheduler_does" {
  command = plan

  assert {
    condition     = google_cloudfunctions2_function.this["ingest"].service_config[0].timeout_seconds == local.schedules["ingest"].deadline_seconds
    error_message = "A scheduled function's timeout must be its schedule's deadline."
  }

  assert {
    condition     = google_cloudfunctions2_function.this["backfill"].service_config[0].timeout_seconds == 3600
    error_message = "A backfill may take an hour."
  }
}

run "exposes_backfill_only" {
  command = plan

  assert {
    condition     = google_cloudfunctions2_function.this["ingest"].service_config[0].ingress_settings == "ALLOW_INTERNAL_ONLY"
    error_message = "Ingest must be reached by Scheduler only."
  }

  assert {
    condition     = google_cloudfunctions2_function.this["predict"].service_config[0].ingress_settings == "ALLOW_INTERNAL_ONLY"
    error_message = "Predict must be reached by Scheduler only."
  }

  assert {
    condition     = google_cloudfunctions2_function.this["backfill"].service_config[0].ingress_settings == "ALLOW_ALL"
    error_message = "Backfill must be reachable by an admin from outside."
  }

  assert {
    condition     = [for grant in google_cloud_run_v2_service_iam_member.backfill : grant.member] == ["user:ada@example.com"]
    error_message = "Only admins may run a backfill."
  }
}

run "passes_keys_to_the_functions_that_fetch" {
  command = plan

  variables {
    secret_versions = { polygon = "3" }
  }

  assert {
    condition = alltrue([
      for name in ["backfill", "ingest", "predict"] :
      [for s in google_cloudfunctions2_function.this[name].service_config[0].secret_environment_variables : "${s.key}=${s.secret}:${s.version}"] == ["PPA_POLYGON_API_KEY=ppa-polygon-api-key:3"]
    ])
    error_message = "Each function that fetches must get the provider's key, pinned to its version."
  }
}

run "passes_the_webhook_to_the_function_that_sends_alerts" {
  command = plan

  variables {
    alert_webhook   = { url = "https://hooks.example.com/ppa", secret_version = "2" }
    billing_account = "0A1B2C-3D4E5F-678901"
    secret_versions = { fred = "1" }
  }

  assert {
    condition = toset([for s in google_cloudfunctions2_function.this["predict"].service_config[0].secret_environment_variables : "${s.key}=${s.secret}:${s.version}"]) == toset([
      "PPA_ALERT_SECRET=ppa-alert-secret:2", "PPA_FRED_API_KEY=ppa-fred-api-key:1",
    ])
    error_message = "Predict must get the secret that alerts are signed with, beside the keys."
  }

  assert {
    condition     = google_cloudfunctions2_function.this["predict"].service_config[0].environment_variables["PPA_ALERT_URL"] == "https://hooks.example.com/ppa"
    error_message = "Predict must know where alerts go."
  }

  assert {
    condition = alltrue([
      for name in ["backfill", "cap", "ingest"] :
      length([for key in keys(google_cloudfunctions2_function.this[name].service_config[0].environment_variables) : key if startswith(key, "PPA_ALERT_")]) == 0 &&
      length([for s in google_cloudfunctions2_function.this[name].service_config[0].secret_environment_variables : s if startswith(s.key, "PPA_ALERT_")]) == 0
    ])
    error_message = "A function that sends no alerts must not be told of the webhook."
  }
}

run "sends_no_alerts_unless_asked" {
  command = plan

  assert {
    condition     = length(google_cloudfunctions2_function.this["predict"].service_config[0].secret_environment_variables) == 0
    error_message = "Without a webhook and keys there must be no secret."
  }

  assert {
    condition     = !contains(keys(google_cloudfunctions2_function.this["predict"].service_config[0].environment_variables), "PPA_ALERT_URL")
    error_message = "Without a webhook alerts must go nowhere."
  }
}

run "sizes_a_function_as_asked" {
  command = plan

  variables {
    functions = { predict = { memory = "4Gi" } }
  }

  assert {
    condition     = google_cloudfunctions2_function.this["predict"].service_config[0].available_memory == "4Gi"
    error_message = "A function must have the memory that was asked for."
  }

  assert {
    condition     = google_cloudfunctions2_function.this["predict"].service_config[0].available_cpu == "1"
    error_message = "What was not asked for must keep its default."
  }
}
