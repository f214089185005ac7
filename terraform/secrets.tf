# Containers only: a value is added with `gcloud secrets versions add`, and so never is in a state file.
resource "google_secret_manager_secret" "provider_key" {
  for_each = local.providers

  secret_id = "${var.prefix}-${each.key}-api-key"

  deletion_policy     = local.deletion_policy
  deletion_protection = var.deletion_protection
  version_destroy_ttl = "604800s"

  replication {
    auto {}
  }

  depends_on = [google_project_service.this]
}

resource "google_secret_manager_secret_iam_member" "provider_key" {
  for_each = local.secret_grants

  secret_id = google_secret_manager_secret.provider_key[each.value.provider].id
  role      = "roles/secretmanager.secretAccessor"
  member    = local.members[each.value.account]
}

# What alerts are signed with: the receiver knows it too.
resource "google_secret_manager_secret" "alert" {
  secret_id = "${var.prefix}-alert-secret"

  deletion_policy     = local.deletion_policy
  deletion_protection = var.deletion_protection
  version_destroy_ttl = "604800s"

  replication {
    auto {}
  }

  depends_on = [google_project_service.this]
}

resource "google_secret_manager_secret_iam_member" "alert" {
  for_each = toset(local.alerting)

  secret_id = google_secret_manager_secret.alert.id
  role      = "roles/secretmanager.secretAccessor"
  member    = local.members[each.key]
}
