module "grafana" {
  source = "./modules/grafana"
  count  = var.grafana == null || var.images.grafana == null ? 0 : 1

  data_location  = local.data_location
  dataset        = google_bigquery_dataset.this.dataset_id
  domain         = var.domains.grafana
  embedded_in    = local.web_url
  image          = var.images.grafana
  people         = local.people
  prefix         = var.prefix
  project        = var.project
  project_number = data.google_project.this.number
  region         = var.region

  depends_on = [google_project_service.this]
}
