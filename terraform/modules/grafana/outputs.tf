output "url" {
  description = "Address of Grafana."
  value       = "https://${local.host}"
}
