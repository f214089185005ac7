module "mlflow" {
  source = "./modules/mlflow"
  count  = var.mlflow == null ? 0 : 1

  data_location       = local.data_location
  deletion_protection = var.deletion_protection
  image               = var.mlflow.image
  logger              = local.members["web"]
  people              = local.people
  prefix              = var.prefix
  project             = var.project
  project_number      = data.google_project.this.number
  region              = var.region
  tier                = var.mlflow.tier

  depends_on = [google_project_service.this]
}
