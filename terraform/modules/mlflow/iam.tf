resource "google_service_account" "this" {
  account_id   = local.name
  display_name = local.name
  description  = "Serves MLflow"
}

# Cloud SQL has no policies on single instances, but conditions on their names.
resource "google_project_iam_member" "database" {
  for_each = toset(["roles/cloudsql.client", "roles/cloudsql.instanceUser"])

  project = var.project
  role    = each.key
  member  = google_service_account.this.member

  condition {
    title       = "the MLflow database"
    description = "No other instance of the project"
    expression  = "resource.type == \"sqladmin.googleapis.com/Instance\" && resource.name == \"projects/${var.project}/instances/${google_sql_database_instance.this.name}\""
  }
}

resource "google_storage_bucket_iam_member" "artifacts" {
  bucket = google_storage_bucket.artifacts.name
  role   = "roles/storage.objectUser"
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

# The account that logs runs gets in by a JWT that it signs as itself: IAP's own OAuth client takes no other token of a
# program. roles/iam.serviceAccountTokenCreator could also make access tokens, and sign anything.
resource "google_project_iam_custom_role" "jwt_signer" {
  role_id     = "${replace(var.prefix, "-", "_")}_jwt_signer"
  title       = "${var.prefix} JWT signer"
  description = "Signs JWTs as an account"
  permissions = ["iam.serviceAccounts.signJwt"]
}

resource "google_service_account_iam_member" "logger" {
  service_account_id = var.logger.name
  role               = google_project_iam_custom_role.jwt_signer.name
  member             = var.logger.member
}

# It is told apart from people, as its address is known only once it is made.
resource "google_iap_web_cloud_run_service_iam_member" "logger" {
  location               = google_cloud_run_v2_service.this.location
  cloud_run_service_name = google_cloud_run_v2_service.this.name
  role                   = "roles/iap.httpsResourceAccessor"
  member                 = var.logger.member
}
