resource "google_service_account" "this" {
  for_each = merge(
    {
      backfill  = "Fetches history and builds features"
      builder   = "Builds the images of the functions and the web service"
      ingest    = "Fetches quotes and observations"
      predict   = "Predicts the closed hour with every active model"
      scheduler = "Calls the scheduled functions"
      web       = "Serves the pages and the API"
    },
    local.capped ? {
      cap       = "Pauses the schedules once the month's budget is spent"
      messenger = "Tells cap what is spent"
    } : {},
  )

  account_id   = "${var.prefix}-${each.key}"
  display_name = "${var.prefix} ${each.key}"
  description  = each.value

  depends_on = [google_project_service.this]
}

# roles/bigquery.dataEditor could delete the table as well.
resource "google_project_iam_custom_role" "row_writer" {
  role_id     = "${replace(var.prefix, "-", "_")}_row_writer"
  title       = "${var.prefix} row writer"
  description = "Reads and writes a table's rows"
  permissions = ["bigquery.tables.get", "bigquery.tables.getData", "bigquery.tables.updateData"]

  depends_on = [google_project_service.this]
}

resource "google_project_iam_custom_role" "schedule_keeper" {
  role_id     = "${replace(var.prefix, "-", "_")}_schedule_keeper"
  title       = "${var.prefix} schedule keeper"
  description = "Sees, pauses, resumes and runs schedules, and cannot change them"
  permissions = [
    "cloudscheduler.jobs.enable",
    "cloudscheduler.jobs.get",
    "cloudscheduler.jobs.list",
    "cloudscheduler.jobs.pause",
    "cloudscheduler.jobs.run",
  ]

  depends_on = [google_project_service.this]
}

resource "google_project_iam_custom_role" "row_stager" {
  role_id     = "${replace(var.prefix, "-", "_")}_row_stager"
  title       = "${var.prefix} row stager"
  description = "Makes, fills and deletes the tables that rows are merged from"
  permissions = ["bigquery.tables.create", "bigquery.tables.delete", "bigquery.tables.updateData"]

  depends_on = [google_project_service.this]
}

# Jobs and read sessions belong to a project, so these cannot be granted on the dataset.
resource "google_project_iam_member" "query" {
  for_each = toset(local.readers)

  project = var.project
  role    = "roles/bigquery.jobUser"
  member  = local.members[each.key]
}

resource "google_project_iam_member" "read_session" {
  for_each = toset(local.readers)

  project = var.project
  role    = "roles/bigquery.readSessionUser"
  member  = local.members[each.key]
}

# Scheduler has no policies on single jobs.
resource "google_project_iam_member" "schedules" {
  for_each = toset(concat(["web"], local.capped ? ["cap"] : []))

  project = var.project
  role    = google_project_iam_custom_role.schedule_keeper.name
  member  = local.members[each.key]
}

resource "google_project_iam_member" "build_logs" {
  project = var.project
  role    = "roles/logging.logWriter"
  member  = local.members["builder"]
}

# Cloud Functions copies a package into a bucket of its own before it builds it.
resource "google_project_iam_member" "build_copies" {
  project = var.project
  role    = "roles/storage.objectViewer"
  member  = local.members["builder"]

  condition {
    title       = "copied function sources"
    description = "Only the bucket that Cloud Functions keeps for this region"
    expression  = "resource.name.startsWith(\"projects/_/buckets/gcf-v2-sources-${data.google_project.this.number}-${var.region}\")"
  }
}

resource "google_artifact_registry_repository_iam_member" "build_images" {
  location   = google_artifact_registry_repository.this.location
  repository = google_artifact_registry_repository.this.name
  role       = "roles/artifactregistry.writer"
  member     = local.members["builder"]
}
