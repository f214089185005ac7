module "mlflow" {
  source = "./modules/mlflow"
  count  = var.mlflow == null || var.images.mlflow == null || var.images.sql_proxy == null ? 0 : 1

  data_location       = local.data_location
  deletion_protection = var.deletion_protection
  domain              = var.domains.mlflow
  image               = var.images.mlflow
  logger              = google_service_account.this["web"]
  people              = local.changers
  prefix              = var.prefix
  project             = var.project
  project_number      = data.google_project.this.number
  proxy_image         = var.images.sql_proxy
  region              = var.region
  tier                = var.mlflow.tier

  depends_on = [google_project_service.this]
}
