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

# Applied, with made-up computed values: here it shows which resource each reference leads to.
run "applies_everything" {
  command = apply

  variables {
    alert_email     = "ada@example.com"
    alert_webhook   = { url = "https://hooks.example.com/ppa", secret_version = "1" }
    billing_account = "0A1B2C-3D4E5F-678901"
    grafana         = {}
    images = {
      grafana   = "europe-west1-docker.pkg.dev/price-prediction/ppa/grafana@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
      mlflow    = "europe-west1-docker.pkg.dev/price-prediction/ppa/mlflow@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
      sql_proxy = "europe-west1-docker.pkg.dev/price-prediction/ppa/sql_proxy@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
      web       = "europe-west1-docker.pkg.dev/price-prediction/ppa/web@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
    }
    mlflow          = {}
    secret_versions = { polygon = "1" }
    viewers         = ["user:grace@example.com"]
  }

  assert {
    condition     = alltrue([for name, function in google_cloudfunctions2_function.this : function.service_config[0].service_account_email == google_service_account.this[name].email])
    error_message = "Each function must run as its own account."
  }

  assert {
    condition     = alltrue([for function in google_cloudfunctions2_function.this : function.build_config[0].service_account == google_service_account.this["builder"].id])
    error_message = "Each function must be built by the builder."
  }

  assert {
    condition     = google_cloud_run_v2_service.web[0].template[0].service_account == google_service_account.this["web"].email
    error_message = "The web service must run as its own account."
  }

  assert {
    condition = alltrue([
      for name, job in google_cloud_scheduler_job.this :
      job.http_target[0].oidc_token[0].service_account_email == google_service_account.this["scheduler"].email
    ])
    error_message = "Schedules must call as the scheduler's account."
  }

  assert {
    condition = alltrue([
      for name, job in google_cloud_scheduler_job.this :
      job.http_target[0].oidc_token[0].audience == google_cloudfunctions2_function.this[local.schedules[name].function].service_config[0].uri
    ])
    error_message = "A token's audience must be the function that is called."
  }

  assert {
    condition     = alltrue([for grant in google_cloud_run_v2_service_iam_member.scheduled : grant.member == google_service_account.this["scheduler"].member])
    error_message = "Only Scheduler may invoke a scheduled function."
  }

  assert {
    condition     = alltrue([for key, grant in google_bigquery_table_iam_member.writers : grant.member == google_service_account.this[local.table_grants[key].account].member])
    error_message = "A table's grant must go to its writer."
  }

  assert {
    condition     = alltrue([for grant in google_bigquery_table_iam_member.writers : grant.role == google_project_iam_custom_role.row_writer.name])
    error_message = "A table's writers must get the row writer's role."
  }

  assert {
    condition     = google_storage_bucket_iam_member.model_writer.member == google_service_account.this["web"].member
    error_message = "Only the web service may write model files."
  }

  assert {
    condition     = google_billing_budget.this[0].all_updates_rule[0].pubsub_topic == google_pubsub_topic.budget[0].id
    error_message = "The budget must publish to its topic."
  }

  assert {
    condition     = google_pubsub_subscription.cap[0].push_config[0].oidc_token[0].service_account_email == google_service_account.this["messenger"].email
    error_message = "Budget messages must come as the messenger."
  }

  assert {
    condition     = google_pubsub_subscription.cap[0].push_config[0].push_endpoint == google_cloudfunctions2_function.this["cap"].service_config[0].uri
    error_message = "Budget messages must go to the function cap."
  }

  assert {
    condition     = local.web_settings.PPA_GRAFANA_URL == output.grafana_url && local.web_settings.MLFLOW_TRACKING_URI == output.mlflow_url
    error_message = "The pages must know where Grafana and MLflow are."
  }

  assert {
    condition     = local.web_settings.PPA_MLFLOW_AUDIENCE == "${output.mlflow_url}/*"
    error_message = "The web service must sign in to MLflow, and to nothing else."
  }

  assert {
    condition     = alltrue([for name, grant in google_secret_manager_secret_iam_member.alert : grant.member == google_service_account.this[name].member && grant.secret_id == google_secret_manager_secret.alert.id])
    error_message = "Who sends alerts must be able to sign them."
  }

  assert {
    condition     = google_monitoring_alert_policy.errors.notification_channels == tolist([google_monitoring_notification_channel.email[0].id])
    error_message = "Alerts must go to the channel."
  }

  assert {
    condition     = output.web_url == "https://ppa-web-123456789012.europe-west1.run.app"
    error_message = "The pages' address must be the web service's, as Grafana knows it."
  }
}
