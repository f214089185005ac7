# Not `paused`: the page pauses and resumes, and a deployment leaves that as it is.
resource "google_cloud_scheduler_job" "this" {
  for_each = local.schedules

  name        = "${var.prefix}-${each.key}"
  region      = var.region
  description = each.value.description
  schedule    = each.value.cron
  time_zone   = "Etc/UTC"

  attempt_deadline = "${max(15, local.functions[each.value.function].timeout)}s"

  http_target {
    http_method = "POST"
    uri         = join("?", compact([google_cloudfunctions2_function.this[each.value.function].service_config[0].uri, each.value.query]))

    oidc_token {
      audience              = google_cloudfunctions2_function.this[each.value.function].service_config[0].uri
      service_account_email = google_service_account.this["scheduler"].email
    }
  }

  retry_config {
    # A job that runs every minute is retried by its next run.
    retry_count          = startswith(each.value.cron, "* ") ? 0 : 3
    min_backoff_duration = "30s"
    max_backoff_duration = "300s"
    max_doublings        = 3
  }

  lifecycle {
    precondition {
      condition     = contains(keys(local.functions), each.value.function)
      error_message = "Schedule ${each.key} calls the function ${each.value.function}, which does not exist."
    }

    precondition {
      condition     = local.functions[each.value.function].timeout <= 1800
      error_message = "Schedule ${each.key} calls a function that may run for longer than the 30 minutes Scheduler waits."
    }
  }

  depends_on = [google_cloud_run_v2_service_iam_member.scheduled]
}
