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

run "gives_each_part_its_own_account" {
  command = plan

  assert {
    condition = toset([for account in google_service_account.this : account.account_id]) == toset([
      "ppa-backfill", "ppa-builder", "ppa-ingest", "ppa-predict", "ppa-scheduler", "ppa-web",
    ])
    error_message = "Each part must have a service account of its own."
  }
}

run "writes_rows_without_touching_tables" {
  command = plan

  assert {
    condition     = alltrue([for permission in google_project_iam_custom_role.row_writer.permissions : contains(["bigquery.tables.get", "bigquery.tables.getData", "bigquery.tables.updateData"], permission)])
    error_message = "Who writes rows must not be able to change or delete the table."
  }
}

run "keeps_schedules_without_changing_them" {
  command = plan

  assert {
    condition     = length(setintersection(google_project_iam_custom_role.schedule_keeper.permissions, ["cloudscheduler.jobs.create", "cloudscheduler.jobs.delete", "cloudscheduler.jobs.update"])) == 0
    error_message = "The web service may pause and run a schedule, not change it."
  }
}

run "reads_function_sources_of_this_region_only" {
  command = plan

  assert {
    condition     = google_project_iam_member.build_copies.condition[0].expression == "resource.name.startsWith(\"projects/_/buckets/gcf-v2-sources-123456789012-europe-west1\")"
    error_message = "The builder may read the copied sources, not every bucket."
  }
}
