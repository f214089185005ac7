resource "google_pubsub_topic" "budget" {
  #checkov:skip=CKV_GCP_83:Messages say what was spent, and Google's own encryption at rest is enough for that.
  count = var.billing_account == null ? 0 : 1

  name = "${var.prefix}-budget"

  message_storage_policy {
    allowed_persistence_regions = [var.region]
  }

  depends_on = [google_project_service.this]
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
