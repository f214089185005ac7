resource "google_cloudfunctions2_function" "this" {
  #checkov:skip=CKV_GCP_124:The scheduled ones are internal; admins call backfill from outside, and IAM asks who they are.
  for_each = local.functions

  name        = "${var.prefix}-${each.key}"
  location    = var.region
  description = google_service_account.this[each.key].description

  build_config {
    docker_repository = google_artifact_registry_repository.this.id
    entry_point       = each.key
    runtime           = var.runtime
    service_account   = google_service_account.this["builder"].id

    automatic_update_policy {}

    source {
      storage_source {
        bucket = google_storage_bucket_object.package[each.key].bucket
        object = google_storage_bucket_object.package[each.key].name
      }
    }
  }

  service_config {
    available_cpu         = each.value.cpu
    available_memory      = each.value.memory
    environment_variables = merge(local.function_settings[each.key], { LOG_EXECUTION_ID = "true" })
    ingress_settings      = each.value.ingress
    service_account_email = google_service_account.this[each.key].email
    timeout_seconds       = each.value.timeout

    max_instance_count               = each.value.instances
    max_instance_request_concurrency = 1

    dynamic "secret_environment_variables" {
      for_each = each.value.secrets

      content {
        key        = secret_environment_variables.key
        project_id = var.project
        secret     = secret_environment_variables.value.secret
        version    = secret_environment_variables.value.version
      }
    }
  }

  depends_on = [
    google_artifact_registry_repository_iam_member.build_images,
    google_project_iam_member.build_copies,
    google_project_iam_member.build_logs,
    google_project_service.this,
    google_secret_manager_secret_iam_member.alert,
    google_secret_manager_secret_iam_member.provider_key,
    google_storage_bucket_iam_member.build_sources,
  ]
}

resource "google_cloud_run_v2_service_iam_member" "scheduled" {
  for_each = toset([for s in values(local.schedules) : s.function])

  location = google_cloudfunctions2_function.this[each.key].location
  name     = google_cloudfunctions2_function.this[each.key].name
  role     = "roles/run.invoker"
  member   = local.members["scheduler"]
}

resource "google_cloud_run_v2_service_iam_member" "cap" {
  count = local.capped ? 1 : 0

  location = google_cloudfunctions2_function.this["cap"].location
  name     = google_cloudfunctions2_function.this["cap"].name
  role     = "roles/run.invoker"
  member   = local.members["messenger"]
}

resource "google_cloud_run_v2_service_iam_member" "backfill" {
  for_each = toset(var.admins)

  location = google_cloudfunctions2_function.this["backfill"].location
  name     = google_cloudfunctions2_function.this["backfill"].name
  role     = "roles/run.invoker"
  member   = each.key
}
