terraform {
  required_version = ">= 1.11"

  # The rest is given to `terraform init -backend-config`: a bucket belongs to one project.
  backend "gcs" {
    prefix = "price-prediction-app"
  }

  required_providers {
    google = {
      source  = "hashicorp/google"
      version = "~> 8.0"
    }
  }
}

provider "google" {
  project = var.project
  region  = var.region

  # The budget belongs to the billing account, so its API wants to know who pays for the call.
  billing_project       = var.project
  user_project_override = true

  default_labels = local.labels
}

data "google_project" "this" {
  project_id = var.project
}
