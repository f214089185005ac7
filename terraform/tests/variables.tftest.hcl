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
    ingest   = "tests/fixtures/empty.zip"
    predict  = "tests/fixtures/empty.zip"
  }
}

run "admins_refuses_nobody" {
  command = plan

  variables {
    admins = []
  }

  expect_failures = [var.admins]
}

run "admins_refuses_everybody" {
  command = plan

  variables {
    admins = ["allUsers"]
  }

  expect_failures = [var.admins]
}

run "admins_refuses_a_bare_address" {
  command = plan

  variables {
    admins = ["ada@example.com"]
  }

  expect_failures = [var.admins]
}

run "alert_email_refuses_a_name" {
  command = plan

  variables {
    alert_email = "ada"
  }

  expect_failures = [var.alert_email]
}

run "billing_account_refuses_lower_case" {
  command = plan

  variables {
    billing_account = "0a1b2c-3d4e5f-678901"
  }

  expect_failures = [var.billing_account]
}

run "budget_refuses_part_of_a_unit" {
  command = plan

  variables {
    budget = { amount = 0.5 }
  }

  expect_failures = [var.budget]
}

run "budget_refuses_a_currency_by_name" {
  command = plan

  variables {
    budget = { currency = "dollars" }
  }

  expect_failures = [var.budget]
}

run "budget_refuses_no_threshold" {
  command = plan

  variables {
    budget = { thresholds = [] }
  }

  expect_failures = [var.budget]
}

run "budget_refuses_a_percentage" {
  command = plan

  variables {
    budget = { thresholds = [50] }
  }

  expect_failures = [var.budget]
}

run "data_location_refuses_a_zone" {
  command = plan

  variables {
    data_location = "europe-west1-b"
  }

  expect_failures = [var.data_location]
}

run "dataset_refuses_a_hyphen" {
  command = plan

  variables {
    dataset = "price-prediction"
  }

  expect_failures = [var.dataset]
}

run "editors_refuses_all_authenticated_users" {
  command = plan

  variables {
    editors = ["allAuthenticatedUsers"]
  }

  expect_failures = [var.editors]
}

run "environment_refuses_a_capital" {
  command = plan

  variables {
    environment = "Prod"
  }

  expect_failures = [var.environment]
}

run "functions_refuses_an_unknown_function" {
  command = plan

  variables {
    functions = { train = {} }
  }

  expect_failures = [var.functions]
}

run "functions_refuses_a_cpu_and_a_half" {
  command = plan

  variables {
    functions = { predict = { cpu = "1.5" } }
  }

  expect_failures = [var.functions]
}

run "functions_refuses_memory_without_unit" {
  command = plan

  variables {
    functions = { predict = { memory = "512" } }
  }

  expect_failures = [var.functions]
}

run "functions_refuses_more_than_an_hour" {
  command = plan

  variables {
    functions = { backfill = { timeout = 3601 } }
  }

  expect_failures = [var.functions]
}

run "packages_refuses_a_missing_package" {
  command = plan

  variables {
    packages = { ingest = "tests/fixtures/empty.zip" }
  }

  expect_failures = [var.packages]
}

run "packages_refuses_a_folder" {
  command = plan

  variables {
    packages = { backfill = "build", ingest = "build", predict = "build" }
  }

  expect_failures = [var.packages]
}

run "prefix_refuses_a_long_name" {
  command = plan

  variables {
    prefix = "price-prediction-app"
  }

  expect_failures = [var.prefix]
}

run "prefix_refuses_a_trailing_hyphen" {
  command = plan

  variables {
    prefix = "ppa-"
  }

  expect_failures = [var.prefix]
}

run "project_refuses_a_number" {
  command = plan

  variables {
    project = "123456789012"
  }

  expect_failures = [var.project]
}

run "region_refuses_a_zone" {
  command = plan

  variables {
    region = "europe-west1-b"
  }

  expect_failures = [var.region]
}

run "region_refuses_a_multi_region" {
  command = plan

  variables {
    region = "EU"
  }

  expect_failures = [var.region]
}

run "runtime_refuses_an_old_python" {
  command = plan

  variables {
    runtime = "python310"
  }

  expect_failures = [var.runtime]
}

run "secret_versions_refuses_an_unknown_provider" {
  command = plan

  variables {
    secret_versions = { bloomberg = "1" }
  }

  expect_failures = [var.secret_versions]
}

run "secret_versions_refuses_latest" {
  command = plan

  variables {
    secret_versions = { polygon = "latest" }
  }

  expect_failures = [var.secret_versions]
}

run "viewers_refuses_a_whole_domain" {
  command = plan

  variables {
    viewers = ["domain:example.com"]
  }

  expect_failures = [var.viewers]
}

run "web_refuses_no_instance" {
  command = plan

  variables {
    web = { max_instances = 0 }
  }

  expect_failures = [var.web]
}

run "web_refuses_memory_without_unit" {
  command = plan

  variables {
    web = { memory = "1024" }
  }

  expect_failures = [var.web]
}

run "web_refuses_three_cpus" {
  command = plan

  variables {
    web = { cpu = "3" }
  }

  expect_failures = [var.web]
}

run "web_image_refuses_a_tag" {
  command = plan

  variables {
    web_image = "europe-west1-docker.pkg.dev/price-prediction/ppa/web:latest"
  }

  expect_failures = [var.web_image]
}
