output "url" {
  description = "Address of MLflow."
  value       = "https://${local.host}"
}
