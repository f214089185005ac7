locals {
  function_services = { for name, function in google_cloudfunctions2_function.this : name => function.name }
  service_is        = { for name, service in local.function_services : name => "resource.type = \"cloud_run_revision\" AND resource.labels.service_name = \"${service}\"" }
  requests          = "metric.type = \"run.googleapis.com/request_count\""
  all_services      = "resource.type = \"cloud_run_revision\" AND resource.labels.service_name = starts_with(\"${var.prefix}-\")"

  # By statement it is of the resource bigquery_project; the older metric without statements is of global.
  bytes_billed = "metric.type = \"bigquery.googleapis.com/query/statement_scanned_bytes_billed\" AND resource.type = \"bigquery_project\""

  # How long a job may be without a success before somebody is told; retries may take the hourly one a while.
  silences = { for name, job in local.jobs : name => { function = job.function, seconds = job.silent_seconds } }

  # What an alert says of its cause: the runbook's text, under the code by which System info shows the same problem.
  guidance = {
    for code, entry in local.runbook : code => join("\n\n", [
      "**${entry.title}.** ${entry.means}",
      join("\n", concat(["Look at:"], [for line in entry.look : "- ${line}"])),
      join("\n", concat(["Do:"], [for line in entry.do : "- ${line}"])),
      "System info shows the same as `${code}`; so does docs/runbook.md.",
    ])
  }

  # Events that the jobs log, as `event` in their JSON line.
  events = {
    prediction_missing = "A model said nothing about an hour, and its row says why"
    stale_feature      = "A series is later than its catalogue entry allows"
  }

  by_service = ["resource.label.service_name"]
  charts = [
    { title = "Requests that succeeded", group = local.by_service, aligner = "ALIGN_DELTA", reducer = "REDUCE_SUM", filter = "${local.requests} AND ${local.all_services} AND metric.labels.response_code_class = \"2xx\"" },
    { title = "Requests that failed", group = local.by_service, aligner = "ALIGN_DELTA", reducer = "REDUCE_SUM", filter = "${local.requests} AND ${local.all_services} AND metric.labels.response_code_class = \"5xx\"" },
    { title = "Time a request takes, 95th percentile", group = local.by_service, aligner = "ALIGN_PERCENTILE_95", reducer = "REDUCE_MAX", filter = "metric.type = \"run.googleapis.com/request_latencies\" AND ${local.all_services}" },
    { title = "Share of memory in use, 95th percentile", group = local.by_service, aligner = "ALIGN_PERCENTILE_95", reducer = "REDUCE_MAX", filter = "metric.type = \"run.googleapis.com/container/memory/utilizations\" AND ${local.all_services}" },
    { title = "BigQuery bytes billed", group = [], aligner = "ALIGN_DELTA", reducer = "REDUCE_SUM", filter = local.bytes_billed },
  ]
}

resource "google_monitoring_notification_channel" "email" {
  count = var.alert_email == null ? 0 : 1

  display_name = "${var.prefix} alerts"
  type         = "email"
  labels       = { email_address = var.alert_email }

  depends_on = [google_project_service.this]
}

resource "google_monitoring_alert_policy" "silence" {
  for_each = local.silences

  display_name          = "${var.prefix}: ${each.key} has not succeeded for ${each.value.seconds / 60} minutes"
  combiner              = "OR"
  notification_channels = local.channels
  severity              = "CRITICAL"

  conditions {
    display_name = "No successful run of ${each.key}"

    condition_absent {
      filter   = "${local.requests} AND ${local.service_is[each.value.function]} AND metric.labels.response_code_class = \"2xx\""
      duration = "${each.value.seconds}s"

      aggregations {
        alignment_period     = "60s"
        per_series_aligner   = "ALIGN_DELTA"
        cross_series_reducer = "REDUCE_SUM"
      }
    }
  }

  documentation {
    content   = local.guidance["${each.key}_silent"]
    mime_type = "text/markdown"
  }
}

resource "google_monitoring_alert_policy" "errors" {
  display_name          = "${var.prefix}: more than one request in twenty fails"
  combiner              = "OR"
  notification_channels = local.channels
  severity              = "ERROR"

  conditions {
    display_name = "Share of answers with status 5xx"

    condition_threshold {
      filter             = "${local.requests} AND ${local.all_services} AND metric.labels.response_code_class = \"5xx\""
      denominator_filter = "${local.requests} AND ${local.all_services}"
      comparison         = "COMPARISON_GT"
      threshold_value    = 0.05
      duration           = "300s"

      aggregations {
        alignment_period     = "300s"
        per_series_aligner   = "ALIGN_DELTA"
        cross_series_reducer = "REDUCE_SUM"
        group_by_fields      = ["resource.label.service_name"]
      }

      denominator_aggregations {
        alignment_period     = "300s"
        per_series_aligner   = "ALIGN_DELTA"
        cross_series_reducer = "REDUCE_SUM"
        group_by_fields      = ["resource.label.service_name"]
      }
    }
  }

  documentation {
    content   = local.guidance["failing_runs"]
    mime_type = "text/markdown"
  }
}

# The budget is of the whole project and a day late; this is what the queries alone have cost by now.
resource "google_monitoring_alert_policy" "spend" {
  display_name          = "${var.prefix}: BigQuery bills more a day than a free month allows"
  combiner              = "OR"
  notification_channels = local.channels
  severity              = "WARNING"

  conditions {
    display_name = "Bytes billed within a day, of a thirtieth of the free TiB"

    condition_threshold {
      filter          = local.bytes_billed
      comparison      = "COMPARISON_GT"
      threshold_value = floor(pow(1024, 4) / 30)
      duration        = "0s"

      aggregations {
        alignment_period     = "86400s"
        per_series_aligner   = "ALIGN_DELTA"
        cross_series_reducer = "REDUCE_SUM"
      }
    }
  }

  documentation {
    content   = local.guidance["spend"]
    mime_type = "text/markdown"
  }

  depends_on = [google_project_service.this]
}

# On the lines themselves: a metric that counts them can be alerted on only some minutes after it is made, which
# would fail a first deployment.
resource "google_monitoring_alert_policy" "event" {
  for_each = local.events

  display_name          = "${var.prefix}: ${replace(each.key, "_", " ")}"
  combiner              = "OR"
  notification_channels = local.channels
  severity              = "WARNING"

  alert_strategy {
    auto_close = "86400s"

    notification_rate_limit {
      period = "3600s"
    }
  }

  conditions {
    display_name = each.value

    condition_matched_log {
      filter = "resource.type = \"cloud_run_revision\" AND resource.labels.service_name =~ \"^${var.prefix}-\" AND jsonPayload.event = \"${each.key}\""
    }
  }

  documentation {
    content   = local.guidance[each.key]
    mime_type = "text/markdown"
  }

  depends_on = [google_project_service.this]
}

resource "google_monitoring_dashboard" "this" {
  dashboard_json = jsonencode({
    displayName = "${var.prefix}: Price Prediction App"
    gridLayout = {
      columns = "2"
      widgets = [for chart in local.charts : {
        title = chart.title
        xyChart = {
          dataSets = [{
            plotType = "LINE"
            timeSeriesQuery = {
              timeSeriesFilter = {
                filter = chart.filter
                aggregation = {
                  alignmentPeriod    = "300s"
                  perSeriesAligner   = chart.aligner
                  crossSeriesReducer = chart.reducer
                  groupByFields      = chart.group
                }
              }
            }
          }]
        }
      }]
    }
  })

  depends_on = [google_project_service.this]
}
