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

run "makes_the_tables_of_tables_json" {
  command = plan

  assert {
    condition     = keys(google_bigquery_table.this) == keys(jsondecode(file("../shared/ppa/storage/warehouse/tables.json")))
    error_message = "There must be exactly the tables of tables.json."
  }

  assert {
    condition = alltrue([
      for name, table in google_bigquery_table.this :
      jsondecode(table.schema) == jsondecode(file("../shared/ppa/storage/warehouse/schemas/${name}.json"))
    ])
    error_message = "A table's schema must be its schema file."
  }

  assert {
    condition     = google_bigquery_table.this["quotes"].time_partitioning[0].expiration_ms == 7 * 86400000
    error_message = "Quotes must be kept for seven days."
  }

  assert {
    condition     = length(google_bigquery_table.this["labels"].time_partitioning) == 0
    error_message = "Labels are few: their table must not be partitioned."
  }

  assert {
    condition     = google_bigquery_table.this["observations"].clustering == tolist(["series"])
    error_message = "Observations must be clustered by series."
  }
}

run "protects_the_data" {
  command = plan

  assert {
    condition     = alltrue([for table in google_bigquery_table.this : table.deletion_protection && table.deletion_policy == "PREVENT"])
    error_message = "Tables must be protected unless it is asked otherwise."
  }

  assert {
    condition     = google_bigquery_dataset.this.deletion_policy == "PREVENT" && !google_bigquery_dataset.this.delete_contents_on_destroy
    error_message = "The dataset must be protected unless it is asked otherwise."
  }
}

run "lets_go_of_the_data_when_asked" {
  command = plan

  variables {
    deletion_protection = false
  }

  assert {
    condition     = alltrue([for table in google_bigquery_table.this : !table.deletion_protection && table.deletion_policy == "DELETE"])
    error_message = "Without protection a table must be deletable."
  }
}

run "grants_writing_table_by_table" {
  command = plan

  assert {
    condition     = toset(keys(local.writers)) == toset(keys(local.tables))
    error_message = "Every table must have its writers, and only tables that exist."
  }

  assert {
    condition     = sort([for grant in values(local.table_grants) : grant.table if grant.account == "ingest"]) == tolist(["job_runs", "observations", "provider_calls", "quotes"])
    error_message = "Ingest must write observations, quotes, its calls and its runs, and nothing else."
  }

  assert {
    condition     = toset([for grant in values(local.table_grants) : grant.account if contains(["labels", "rules"], grant.table)]) == toset(["web"])
    error_message = "Only the web service may write labels and rules."
  }
}

run "deletes_staging_tables_only" {
  command = plan

  assert {
    condition = alltrue([
      for grant in google_bigquery_dataset_iam_member.stagers :
      grant.condition[0].expression == "resource.name == \"projects/price-prediction/datasets/price_prediction\" || resource.name.startsWith(\"projects/price-prediction/datasets/price_prediction/tables/staging_\")"
    ])
    error_message = "Who makes staging tables must not be able to delete any other."
  }
}

run "keeps_data_where_it_is_told" {
  command = plan

  variables {
    data_location = "EU"
  }

  assert {
    condition     = google_bigquery_dataset.this.location == "EU" && google_storage_bucket.models.location == "EU"
    error_message = "Data must be in data_location."
  }

  assert {
    condition     = google_cloudfunctions2_function.this["ingest"].location == "europe-west1"
    error_message = "Functions must stay in the region."
  }
}
