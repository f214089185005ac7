output "audience" {
  description = "What a program's account signs for to get through IAP: every address of MLflow."
  value       = "https://${local.host}/*"
}

output "url" {
  description = "Address of MLflow."
  value       = "https://${local.host}"
}
