locals {
  labels        = merge(var.labels, { app = "price-prediction-app", environment = var.environment })
  data_location = coalesce(var.data_location, var.region)

  deletion_policy = var.deletion_protection ? "PREVENT" : "DELETE"

  # Said once, in the files that the app at home reads too.
  jobs    = jsondecode(file("${path.module}/../shared/ppa/outside/scheduling/schedules.json"))
  runbook = jsondecode(file("${path.module}/../shared/ppa/reports/status/runbook.json"))
  tables  = jsondecode(file("${path.module}/../shared/ppa/storage/warehouse/tables.json"))

  # A job in shards has a schedule for each of them, all at the same time; the first keeps the job's name.
  shards = { for name in keys(local.jobs) : name => name == "predict" ? var.predict_shards : 1 }
  schedules = merge([
    for name, job in local.jobs : {
      for i in range(1, local.shards[name] + 1) : i == 1 ? name : "${name}-${i}" => merge(job, {
        query = join("&", compact([job.query, local.shards[name] > 1 ? "shard=${i}/${local.shards[name]}" : ""]))
      })
    }
  ]...)

  default_sizes = {
    backfill = { cpu = "1", memory = "2Gi", timeout = 3600 }
    cap      = { cpu = "0.5", memory = "512Mi", timeout = 60 }
    ingest   = { cpu = "1", memory = "1Gi", timeout = 60 }
    predict  = { cpu = "1", memory = "2Gi", timeout = 300 }
  }

  # A scheduled function's timeout is its schedule's deadline, so that Scheduler never gives up on a run that goes on.
  deadlines = { for name in keys(local.default_sizes) : name => [for s in values(local.schedules) : s.deadline_seconds if s.function == name] }

  functions = {
    for name, default in local.default_sizes : name => {
      # One run at a time, or one of each shard: Scheduler may deliver twice.
      instances = try(max([for job, s in local.jobs : local.shards[job] if s.function == name]...), 1)

      cpu     = coalesce(try(var.functions[name].cpu, null), default.cpu)
      memory  = coalesce(try(var.functions[name].memory, null), default.memory)
      timeout = coalesce(try(var.functions[name].timeout, null), try(min(local.deadlines[name]...), null), default.timeout)
      # Only Scheduler and Pub/Sub call the others, and their calls count as internal.
      ingress = name == "backfill" ? "ALLOW_ALL" : "ALLOW_INTERNAL_ONLY"
      secrets = merge(contains(local.fetching, name) ? local.provided_keys : {}, contains(local.alerting, name) ? local.alert_keys : {})
    }
    if name != "cap" || local.capped
  }

  # Whether spending pauses the schedules: only a budget says what is spent.
  capped = var.billing_account != null && var.budget.cap > 0

  members = { for name, account in google_service_account.this : name => account.member }
  readers = ["backfill", "ingest", "predict", "web"]

  dataset_path = "projects/${var.project}/datasets/${var.dataset}"

  # Who writes a table's rows; everybody else reads.
  writers = {
    acknowledgements = ["web"]
    alert_deliveries = ["predict", "web"]
    alerts           = ["predict", "web"]
    features_hourly  = ["backfill", "predict", "web"]
    imports          = ["predict", "web"]
    job_runs         = ["backfill", "ingest", "predict"]
    labels           = ["web"]
    mlflow_runs      = ["web"]
    model_events     = ["predict", "web"]
    models           = ["predict", "web"]
    observations     = ["backfill", "ingest", "predict", "web"]
    predictions      = ["predict", "web"]
    provider_calls   = ["backfill", "ingest", "predict", "web"]
    quotes           = ["ingest"]
    rules            = ["web"]
    schedule_events  = ["web"]
  }
  table_grants = merge([
    for table, names in local.writers : { for name in names : "${table}/${name}" => { account = name, table = table } }
  ]...)

  # The functions that fetch from providers, and so hold their keys: the hourly job fetches what is still missing.
  fetching  = ["backfill", "ingest", "predict"]
  providers = toset(["alphavantage", "fred", "polygon"])
  provided_keys = {
    for name, version in var.secret_versions : "PPA_${upper(name)}_API_KEY" => {
      secret  = google_secret_manager_secret.provider_key[name].secret_id
      version = version
    }
  }
  secret_grants = { for pair in setproduct(local.providers, local.fetching) : join("/", pair) => { provider = pair[0], account = pair[1] } }

  # Who sends alerts: the hourly job, and the pages when an admin asks for a test.
  alerting       = ["predict", "web"]
  alert_settings = { for webhook in var.alert_webhook[*] : "PPA_ALERT_URL" => webhook.url }
  alert_keys = {
    for webhook in var.alert_webhook[*] : "PPA_ALERT_SECRET" => {
      secret  = google_secret_manager_secret.alert.secret_id
      version = webhook.secret_version
    }
  }

  people = toset(concat(var.admins, var.editors, var.viewers))

  # MLflow knows no roles: whoever is let in may delete a run.
  changers = toset(concat(var.admins, var.editors))

  schedule_prefix = "projects/${var.project}/locations/${var.region}/jobs/${var.prefix}-"

  settings = {
    PPA_MODELS    = "gs://${google_storage_bucket.models.name}"
    PPA_SOURCE    = "real"
    PPA_WAREHOUSE = "bigquery://${var.project}/${google_bigquery_dataset.this.dataset_id}?location=${local.data_location}"
  }

  # Each function is told what it needs, and no more.
  function_settings = {
    for name in keys(local.default_sizes) : name => merge(
      name != "cap" ? local.settings : {
        PPA_BUDGET_CAP = tostring(var.budget.cap)
        PPA_SCHEDULES  = local.schedule_prefix
      },
      contains(local.alerting, name) ? local.alert_settings : {},
    )
  }

  web_name = "${var.prefix}-web"
  web_url  = "https://${coalesce(var.domains.web, "${local.web_name}-${data.google_project.this.number}.${var.region}.run.app")}"
  web_settings = merge(local.settings, local.alert_settings, {
    PPA_ADMINS       = join(",", var.admins)
    PPA_BUDGET       = tostring(var.budget.amount)
    PPA_EDITORS      = join(",", var.editors)
    PPA_IAP_AUDIENCE = "/projects/${data.google_project.this.number}/locations/${var.region}/services/${local.web_name}"
    # Cloud Run takes requests of up to 32 MiB: https://cloud.google.com/run/quotas
    PPA_MAX_MODEL_MIB = "30"
    PPA_SCHEDULES     = local.schedule_prefix
    },
    length(module.grafana) == 0 ? {} : { PPA_GRAFANA_URL = module.grafana[0].url },
    length(module.mlflow) == 0 ? {} : {
      MLFLOW_TRACKING_URI = module.mlflow[0].tracking_uri
      PPA_MLFLOW_AUDIENCE = module.mlflow[0].audience
      PPA_MLFLOW_URL      = module.mlflow[0].url
    },
  )

  channels = google_monitoring_notification_channel.email[*].id
}
