mock_provider "google" {
  mock_data "google_project" {
    defaults = { number = "123456789012" }
  }
}

variables {
  data_location       = "EU"
  deletion_protection = true
  image               = "europe-west1-docker.pkg.dev/price-prediction/ppa/mlflow@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
  logger              = "serviceAccount:ppa-web@price-prediction.iam.gserviceaccount.com"
  people              = ["user:ada@example.com"]
  prefix              = "ppa"
  project             = "price-prediction"
  project_number      = "123456789012"
  region              = "europe-west1"
  tier                = "db-f1-micro"
}

run "keeps_the_database_and_its_keys_safe" {
  command = plan

  module {
    source = "./modules/mlflow"
  }

  assert {
    condition     = google_sql_database_instance.this.deletion_protection && google_sql_database_instance.this.settings[0].deletion_protection_enabled
    error_message = "The database must be protected, by Terraform and by Google."
  }

  assert {
    condition     = google_sql_database_instance.this.settings[0].backup_configuration[0].point_in_time_recovery_enabled
    error_message = "What was lost must come back."
  }

  assert {
    condition     = length(google_sql_database_instance.this.settings[0].ip_configuration[0].authorized_networks) == 0
    error_message = "No network may reach the database by its address."
  }

  assert {
    condition     = google_sql_user.this.type == "CLOUD_IAM_SERVICE_ACCOUNT" && google_sql_user.this.password == null && google_sql_user.this.name == "ppa-mlflow@price-prediction.iam"
    error_message = "The service must sign in as its account: a password would be in the state."
  }

  assert {
    condition     = { for flag in google_sql_database_instance.this.settings[0].database_flags : flag.name => flag.value }["cloudsql.iam_authentication"] == "on"
    error_message = "The database must take accounts of IAM."
  }

  assert {
    condition     = google_project_service.sqladmin.service == "sqladmin.googleapis.com"
    error_message = "The database's API must be enabled."
  }
}

run "keeps_artifacts_in_a_hardened_bucket" {
  command = plan

  module {
    source = "./modules/mlflow"
  }

  assert {
    condition     = google_storage_bucket.artifacts.public_access_prevention == "enforced" && google_storage_bucket.artifacts.versioning[0].enabled && google_storage_bucket.artifacts.deletion_policy == "PREVENT"
    error_message = "Artifacts must be private, in versions, and protected."
  }

  assert {
    condition     = google_storage_bucket_iam_member.artifacts.role == "roles/storage.objectUser"
    error_message = "MLflow may read and write artifacts, and not change the bucket."
  }
}

run "stands_behind_iap" {
  command = plan

  module {
    source = "./modules/mlflow"
  }

  assert {
    condition     = google_cloud_run_v2_service.this.iap_enabled && google_cloud_run_v2_service.this.template[0].scaling[0].min_instance_count == 0
    error_message = "MLflow must be behind IAP, and cost nothing where nobody looks at it."
  }

  assert {
    condition     = [for container in google_cloud_run_v2_service.this.template[0].containers : container.name] == ["mlflow", "database"]
    error_message = "The proxy to the database must run beside MLflow."
  }

  assert {
    condition     = { for env in google_cloud_run_v2_service.this.template[0].containers[0].env : env.name => env.value }["MLFLOW_BACKEND_STORE_URI"] == "postgresql://ppa-mlflow%40price-prediction.iam@127.0.0.1:5432/mlflow"
    error_message = "MLflow must reach the database through the proxy, without a password."
  }

  assert {
    condition     = keys(google_iap_web_cloud_run_service_iam_member.people) == ["user:ada@example.com"] && google_iap_web_cloud_run_service_iam_member.logger.member == var.logger
    error_message = "People and the web service must get through IAP, and nobody else."
  }

  assert {
    condition     = output.url == "https://ppa-mlflow-123456789012.europe-west1.run.app"
    error_message = "MLflow must answer at its own address."
  }
}

run "refuses_an_image_by_its_tag_and_an_unknown_machine" {
  command = plan

  module {
    source = "./modules/mlflow"
  }

  variables {
    image       = "europe-west1-docker.pkg.dev/price-prediction/ppa/mlflow:3"
    proxy_image = "gcr.io/cloud-sql-connectors/cloud-sql-proxy:latest"
    tier        = "small"
  }

  expect_failures = [
    var.image,
    var.proxy_image,
    var.tier,
  ]
}
