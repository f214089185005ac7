output "alert_secret" {
  description = "Secret that holds what alerts are signed with."
  value       = google_secret_manager_secret.alert.secret_id
}

output "backfill_url" {
  description = "Address that an admin posts to for a backfill."
  value       = google_cloudfunctions2_function.this["backfill"].service_config[0].uri
}

output "builder" {
  description = "Service account that builds images."
  value       = google_service_account.this["builder"].id
}

output "grafana_url" {
  description = "Address of Grafana; null where there is none."
  value       = one(module.grafana[*].url)
}

output "images" {
  description = "Where images are pushed, without the image's name."
  value       = "${var.region}-docker.pkg.dev/${var.project}/${google_artifact_registry_repository.this.repository_id}"
}

output "mlflow_url" {
  description = "Address of MLflow; null where there is none."
  value       = one(module.mlflow[*].url)
}

output "models" {
  description = "Model store of the platform, as PPA_MODELS."
  value       = local.settings.PPA_MODELS
}

output "schedules" {
  description = "Full name of each schedule, by its key in schedules.json."
  value       = { for name, job in google_cloud_scheduler_job.this : name => job.id }
}

output "secrets" {
  description = "Secret that holds each provider's key, by provider."
  value       = { for name, secret in google_secret_manager_secret.provider_key : name => secret.secret_id }
}

output "service_accounts" {
  description = "E-mail address of each service account, by its part."
  value       = { for name, account in google_service_account.this : name => account.email }
}

output "sources" {
  description = "Bucket of the functions' packages."
  value       = google_storage_bucket.sources.name
}

output "warehouse" {
  description = "Warehouse of the platform, as PPA_WAREHOUSE."
  value       = local.settings.PPA_WAREHOUSE
}

output "web_url" {
  description = "Address of the pages; null before there is an image."
  value       = length(google_cloud_run_v2_service.web) == 0 ? null : local.web_url
}
