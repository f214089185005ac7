mock_provider "google" {
  mock_data "google_project" {
    defaults = { number = "123456789012" }
  }
}

variables {
  data_location       = "EU"
  deletion_protection = true
  domain              = null
  image               = "europe-west1-docker.pkg.dev/price-prediction/ppa/mlflow@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

  logger = {
    member = "serviceAccount:ppa-web@price-prediction.iam.gserviceaccount.com"
    name   = "projects/price-prediction/serviceAccounts/ppa-web@price-prediction.iam.gserviceaccount.com"
  }

  people         = ["user:ada@example.com"]
  prefix         = "ppa"
  project        = "price-prediction"
  project_number = "123456789012"
  proxy_image    = "europe-west1-docker.pkg.dev/price-prediction/ppa/sql_proxy@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
  region         = "europe-west1"
  tier           = "db-f1-micro"
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
    condition     = contains(keys(google_project_service.this), "sqladmin.googleapis.com")
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
    condition     = { for container in google_cloud_run_v2_service.this.template[0].containers : container.name => container.image } == { mlflow = var.image, database = var.proxy_image }
    error_message = "The proxy to the database must run beside MLflow."
  }

  assert {
    condition     = contains(google_cloud_run_v2_service.this.template[0].containers[1].args, "--lazy-refresh")
    error_message = "The proxy must not count on a processor between requests."
  }

  assert {
    condition     = { for env in google_cloud_run_v2_service.this.template[0].containers[0].env : env.name => env.value }["MLFLOW_BACKEND_STORE_URI"] == "postgresql+psycopg2://ppa-mlflow%40price-prediction.iam@127.0.0.1:5432/mlflow"
    error_message = "MLflow must reach the database through the proxy, without a password."
  }

  assert {
    condition     = keys(google_iap_web_cloud_run_service_iam_member.people) == ["user:ada@example.com"] && google_iap_web_cloud_run_service_iam_member.logger.member == var.logger.member
    error_message = "People and the web service must get through IAP, and nobody else."
  }

  assert {
    condition     = output.url == "https://ppa-mlflow-123456789012.europe-west1.run.app"
    error_message = "MLflow must answer at its own address."
  }
}

run "serves_its_own_pages" {
  command = plan

  module {
    source = "./modules/mlflow"
  }

  assert {
    condition     = local.settings.MLFLOW_SERVER_ALLOWED_HOSTS == local.host && local.settings.MLFLOW_SERVER_CORS_ALLOWED_ORIGINS == output.url
    error_message = "MLflow must answer at its own address, and take requests of its own pages."
  }

  assert {
    condition     = local.settings.MLFLOW_SERVER_ENABLE_JOB_EXECUTION == "false"
    error_message = "What waits for jobs takes more memory than there is."
  }
}

run "answers_to_a_name_of_yours" {
  command = plan

  module {
    source = "./modules/mlflow"
  }

  variables {
    domain = "mlflow.example.com"
  }

  assert {
    condition     = local.settings.MLFLOW_SERVER_ALLOWED_HOSTS == "ppa-mlflow-123456789012.europe-west1.run.app,mlflow.example.com" && endswith(local.settings.MLFLOW_SERVER_CORS_ALLOWED_ORIGINS, ",https://mlflow.example.com")
    error_message = "MLflow must answer to both of its names."
  }

  assert {
    condition     = output.url == "https://mlflow.example.com" && output.tracking_uri == "https://ppa-mlflow-123456789012.europe-west1.run.app"
    error_message = "People must be sent to its name, and programs to the address that they sign for."
  }
}

run "lets_the_web_service_sign_in_as_itself" {
  command = plan

  module {
    source = "./modules/mlflow"
  }

  assert {
    condition     = output.audience == "https://ppa-mlflow-123456789012.europe-west1.run.app/*"
    error_message = "What is signed must get in here, and nowhere else."
  }

  assert {
    condition     = google_project_iam_custom_role.jwt_signer.permissions == toset(["iam.serviceAccounts.signJwt"])
    error_message = "Who signs JWTs must not be able to make access tokens."
  }

  assert {
    condition     = google_service_account_iam_member.logger.service_account_id == var.logger.name && google_service_account_iam_member.logger.member == var.logger.member
    error_message = "The web service must sign as itself, and as nobody else."
  }

  assert {
    condition     = contains(keys(google_project_service.this), "iamcredentials.googleapis.com")
    error_message = "The API that signs must be enabled."
  }
}

run "refuses_an_image_by_its_tag_and_an_unknown_machine" {
  command = plan

  module {
    source = "./modules/mlflow"
  }

  variables {
    image       = "europe-west1-docker.pkg.dev/price-prediction/ppa/mlflow:3"
    proxy_image = "gcr.io/cloud-sql-connectors/cloud-sql-proxy:2.23.0"
    tier        = "small"
  }

  expect_failures = [
    var.image,
    var.proxy_image,
    var.tier,
  ]
}
