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

run "schedules_what_schedules_json_says" {
  command = plan

  assert {
    condition     = { for name, job in google_cloud_scheduler_job.this : name => job.schedule } == { for name, schedule in jsondecode(file("../shared/ppa/outside/scheduling/schedules.json")) : name => schedule.cron }
    error_message = "There must be exactly the schedules of schedules.json."
  }

  assert {
    condition     = alltrue([for job in google_cloud_scheduler_job.this : job.time_zone == "Etc/UTC" && job.http_target[0].http_method == "POST"])
    error_message = "Schedules must be UTC, and post."
  }
}

run "waits_as_long_as_a_function_may_run" {
  command = plan

  assert {
    condition = alltrue([
      for name, job in google_cloud_scheduler_job.this :
      tonumber(trimsuffix(job.attempt_deadline, "s")) >= google_cloudfunctions2_function.this[local.schedules[name].function].service_config[0].timeout_seconds
    ])
    error_message = "Scheduler must not give up on a run that goes on."
  }
}

run "retries_within_limits" {
  command = plan

  assert {
    condition     = google_cloud_scheduler_job.this["ingest"].retry_config[0].retry_count == 0
    error_message = "A job that runs every minute must not be retried besides."
  }

  assert {
    condition     = google_cloud_scheduler_job.this["predict"].retry_config[0].retry_count == 3
    error_message = "An hourly job must be retried."
  }
}

run "refuses_a_function_that_outlasts_scheduler" {
  command = plan

  variables {
    functions = { predict = { timeout = 3600 } }
  }

  expect_failures = [google_cloud_scheduler_job.this]
}

run "calls_every_shard_of_the_hourly_job" {
  command = plan

  variables {
    predict_shards = 3
  }

  assert {
    condition = { for name, schedule in local.schedules : name => schedule.query if schedule.function == "predict" } == {
      predict     = "shard=1/3"
      "predict-2" = "shard=2/3"
      "predict-3" = "shard=3/3"
    }
    error_message = "Each shard must be called, by a schedule of its own."
  }

  assert {
    condition     = google_cloudfunctions2_function.this["predict"].service_config[0].max_instance_count == 3 && google_cloudfunctions2_function.this["ingest"].service_config[0].max_instance_count == 1
    error_message = "Shards must run side by side, and nothing else."
  }

  assert {
    condition     = toset(keys(google_monitoring_alert_policy.silence)) == toset(keys(jsondecode(file("../shared/ppa/outside/scheduling/schedules.json"))))
    error_message = "A job must be watched once, in however many shards it runs."
  }
}
