resource "google_pubsub_topic" "budget" {
  #checkov:skip=CKV_GCP_83:Messages say what was spent, and Google's own encryption at rest is enough for that.
  count = var.billing_account == null ? 0 : 1

  name = "${var.prefix}-budget"

  message_storage_policy {
    allowed_persistence_regions = [var.region]
  }

  depends_on = [google_project_service.this]
}

# The budget only says what is spent, several times a day; whoever takes it at its word is the function cap.
resource "google_pubsub_subscription" "cap" {
  count = local.capped ? 1 : 0

  name  = "${var.prefix}-cap"
  topic = google_pubsub_topic.budget[0].id

  ack_deadline_seconds       = local.functions["cap"].timeout
  message_retention_duration = "86400s"

  expiration_policy {
    ttl = ""
  }

  push_config {
    push_endpoint = google_cloudfunctions2_function.this["cap"].service_config[0].uri

    oidc_token {
      audience              = google_cloudfunctions2_function.this["cap"].service_config[0].uri
      service_account_email = google_service_account.this["messenger"].email
    }
  }

  retry_policy {
    minimum_backoff = "10s"
    maximum_backoff = "600s"
  }

  depends_on = [google_cloud_run_v2_service_iam_member.cap]
}

resource "google_billing_budget" "this" {
  count = var.billing_account == null ? 0 : 1

  billing_account = var.billing_account
  display_name    = "${var.prefix} in ${var.project}"

  all_updates_rule {
    monitoring_notification_channels = local.channels
    pubsub_topic                     = google_pubsub_topic.budget[0].id
    schema_version                   = "1.0"
  }

  amount {
    specified_amount {
      currency_code = var.budget.currency
      units         = tostring(var.budget.amount)
    }
  }

  budget_filter {
    calendar_period = "MONTH"
    projects        = ["projects/${data.google_project.this.number}"]
  }

  dynamic "threshold_rules" {
    for_each = toset(var.budget.thresholds)

    content {
      spend_basis       = "CURRENT_SPEND"
      threshold_percent = threshold_rules.value
    }
  }

  threshold_rules {
    spend_basis       = "FORECASTED_SPEND"
    threshold_percent = 1
  }

  depends_on = [google_project_service.this]
}
