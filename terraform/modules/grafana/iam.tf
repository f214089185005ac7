resource "google_service_account" "this" {
  account_id   = local.name
  display_name = local.name
  description  = "Serves Grafana, and reads what it draws"
}

# Metrics and query jobs belong to a project, so these cannot be granted on anything smaller.
resource "google_project_iam_member" "reader" {
  for_each = toset(["roles/bigquery.jobUser", "roles/monitoring.viewer"])

  project = var.project
  role    = each.key
  member  = google_service_account.this.member
}

resource "google_bigquery_dataset_iam_member" "reader" {
  dataset_id = var.dataset
  role       = "roles/bigquery.dataViewer"
  member     = google_service_account.this.member
}

resource "google_storage_bucket_iam_member" "provisioning" {
  bucket = google_storage_bucket.provisioning.name
  role   = "roles/storage.objectViewer"
  member = google_service_account.this.member
}

resource "google_cloud_run_v2_service_iam_member" "iap" {
  location = google_cloud_run_v2_service.this.location
  name     = google_cloud_run_v2_service.this.name
  role     = "roles/run.invoker"
  member   = "serviceAccount:service-${var.project_number}@gcp-sa-iap.iam.gserviceaccount.com"
}

resource "google_iap_web_cloud_run_service_iam_member" "people" {
  for_each = toset(var.people)

  location               = google_cloud_run_v2_service.this.location
  cloud_run_service_name = google_cloud_run_v2_service.this.name
  role                   = "roles/iap.httpsResourceAccessor"
  member                 = each.key
}
