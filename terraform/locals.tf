locals {
  labels        = merge(var.labels, { app = "price-prediction-app", environment = var.environment })
  data_location = coalesce(var.data_location, var.region)

  deletion_policy = var.deletion_protection ? "PREVENT" : "DELETE"

  # Said once, in the files that the app at home reads too.
  schedules = jsondecode(file("${path.module}/../shared/jobs/schedules.json"))
  runbook   = jsondecode(file("${path.module}/../shared/status/runbook.json"))
  tables    = jsondecode(file("${path.module}/../shared/warehouse/tables.json"))

  default_sizes = {
    backfill = { cpu = "1", memory = "2Gi", timeout = 3600 }
    ingest   = { cpu = "1", memory = "1Gi", timeout = 60 }
    predict  = { cpu = "1", memory = "2Gi", timeout = 300 }
  }

  # A scheduled function's timeout is its schedule's deadline, so that Scheduler never gives up on a run that goes on.
  deadlines = { for name in keys(local.default_sizes) : name => [for s in values(local.schedules) : s.deadline_seconds if s.function == name] }

  functions = {
    for name, default in local.default_sizes : name => {
      cpu     = coalesce(try(var.functions[name].cpu, null), default.cpu)
      memory  = coalesce(try(var.functions[name].memory, null), default.memory)
      timeout = coalesce(try(var.functions[name].timeout, null), try(min(local.deadlines[name]...), null), default.timeout)
      # Only Scheduler calls the scheduled ones, and its calls count as internal.
      ingress = length(local.deadlines[name]) > 0 ? "ALLOW_INTERNAL_ONLY" : "ALLOW_ALL"
      secrets = contains(local.fetching, name) ? local.provided_keys : {}
    }
  }

  members = { for name, account in google_service_account.this : name => account.member }
  readers = ["backfill", "ingest", "predict", "web"]

  dataset_path = "projects/${var.project}/datasets/${var.dataset}"

  # Who writes a table's rows; everybody else reads.
  writers = {
    features_hourly = ["backfill", "predict"]
    job_runs        = ["backfill", "ingest", "predict"]
    labels          = ["web"]
    model_events    = ["web"]
    models          = ["web"]
    observations    = ["backfill", "ingest", "predict"]
    predictions     = ["predict", "web"]
    provider_calls  = ["backfill", "ingest", "predict", "web"]
    quotes          = ["ingest"]
    schedule_events = ["web"]
  }
  table_grants = merge([
    for table, names in local.writers : { for name in names : "${table}/${name}" => { account = name, table = table } }
  ]...)

  # The functions that fetch from providers, and so hold their keys.
  fetching      = ["backfill", "ingest"]
  providers     = toset(["alphavantage", "fred", "polygon"])
  provided_keys = { for name, version in var.secret_versions : "PPA_${upper(name)}_API_KEY" => { provider = name, version = version } }
  secret_grants = { for pair in setproduct(local.providers, local.fetching) : join("/", pair) => { provider = pair[0], account = pair[1] } }

  people = toset(concat(var.admins, var.editors, var.viewers))

  settings = {
    PPA_MODELS    = "gs://${google_storage_bucket.models.name}"
    PPA_SOURCE    = "real"
    PPA_WAREHOUSE = "bigquery://${var.project}/${google_bigquery_dataset.this.dataset_id}?location=${local.data_location}"
  }

  web_name = "${var.prefix}-web"
  web_settings = merge(local.settings, {
    PPA_ADMINS       = join(",", var.admins)
    PPA_EDITORS      = join(",", var.editors)
    PPA_IAP_AUDIENCE = "/projects/${data.google_project.this.number}/locations/${var.region}/services/${local.web_name}"
    PPA_SCHEDULES    = "projects/${var.project}/locations/${var.region}/jobs/${var.prefix}-"
  })

  channels = google_monitoring_notification_channel.email[*].id
}
