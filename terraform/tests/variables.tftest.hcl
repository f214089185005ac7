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

run "refuses_what_is_open_or_unknown" {
  command = plan

  variables {
    admins          = ["allUsers"]
    alert_email     = "ada"
    alert_webhook   = { url = "http://hooks.example.com/ppa", secret_version = "1" }
    billing_account = "0a1b2c-3d4e5f-678901"
    budget          = { amount = 0.5 }
    data_location   = "europe-west1-b"
    dataset         = "price-prediction"
    domains         = { web = "https://app.example.com" }
    editors         = ["allAuthenticatedUsers"]
    environment     = "Prod"
    functions       = { train = {} }
    images          = { web = "europe-west1-docker.pkg.dev/price-prediction/ppa/web:latest" }
    mlflow          = { tier = "small" }
    packages        = { ingest = "tests/fixtures/empty.zip" }
    predict_shards  = 0
    prefix          = "price-prediction-app"
    project         = "123456789012"
    region          = "europe-west1-b"
    runtime         = "python310"
    secret_versions = { bloomberg = "1" }
    viewers         = ["domain:example.com"]
    web             = { max_instances = 0 }
  }

  expect_failures = [
    var.admins,
    var.alert_email,
    var.alert_webhook,
    var.billing_account,
    var.budget,
    var.data_location,
    var.dataset,
    var.domains,
    var.editors,
    var.environment,
    var.functions,
    var.images,
    var.mlflow,
    var.packages,
    var.predict_shards,
    var.prefix,
    var.project,
    var.region,
    var.runtime,
    var.secret_versions,
    var.viewers,
    var.web,
  ]
}

run "refuses_what_is_written_wrongly" {
  command = plan

  variables {
    admins          = ["ada@example.com"]
    alert_webhook   = { url = "https://hooks.example.com/ppa", secret_version = "latest" }
    budget          = { currency = "dollars" }
    functions       = { predict = { cpu = "1.5" } }
    packages        = { backfill = "build", cap = "build", ingest = "build", predict = "build" }
    predict_shards  = 1.5
    prefix          = "ppa-"
    region          = "EU"
    secret_versions = { polygon = "latest" }
    web             = { memory = "1024" }
  }

  expect_failures = [
    var.admins,
    var.alert_webhook,
    var.budget,
    var.functions,
    var.packages,
    var.predict_shards,
    var.prefix,
    var.region,
    var.secret_versions,
    var.web,
  ]
}

run "refuses_what_is_out_of_range" {
  command = plan

  variables {
    admins        = []
    alert_webhook = { url = "https://hooks.example.com/ppa?token=1", secret_version = "1" }
    budget        = { cap = -1 }
    functions     = { backfill = { timeout = 3601 } }
    web           = { cpu = "3" }
  }

  expect_failures = [
    var.admins,
    var.alert_webhook,
    var.budget,
    var.functions,
    var.web,
  ]
}

run "refuses_what_is_missing_in_part" {
  command = plan

  variables {
    budget    = { thresholds = [] }
    functions = { predict = { memory = "512" } }
    web       = { concurrency = 0 }
  }

  expect_failures = [
    var.budget,
    var.functions,
    var.web,
  ]
}
