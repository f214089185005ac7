output "audience" {
  description = "What a program's account signs for to get through IAP: every address of MLflow."
  value       = "https://${local.host}/*"
}

output "tracking_uri" {
  description = "Address of MLflow for programs."
  value       = "https://${local.host}"
}

output "url" {
  description = "Address of MLflow for people."
  value       = "https://${coalesce(var.domain, local.host)}"
}
