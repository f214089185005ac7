# terraform apply -var-file=example.tfvars, with your own values.
admins          = ["user:you@example.com"]
alert_email     = "you@example.com"
billing_account = "000000-000000-000000"
project         = "my-project"
region          = "europe-west1"

packages = {
  backfill = "build/backfill.zip"
  cap      = "build/cap.zip"
  ingest   = "build/ingest.zip"
  predict  = "build/predict.zip"
}

# After `gcloud secrets versions add ppa-polygon-api-key --data-file=-`:
# secret_versions = { polygon = "1" }

# After `gcloud secrets versions add ppa-alert-secret --data-file=-`:
# alert_webhook = { url = "https://hooks.example.com/ppa", secret_version = "1" }

# After the image is built:
# images = { web = "europe-west1-docker.pkg.dev/my-project/ppa/web@sha256:..." }
