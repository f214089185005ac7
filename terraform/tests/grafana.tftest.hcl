mock_provider "google" {
  mock_data "google_project" {
    defaults = { number = "123456789012" }
  }
}

variables {
  data_location  = "EU"
  dataset        = "price_prediction"
  domain         = null
  embedded_in    = "https://ppa-web-123456789012.europe-west1.run.app"
  image          = "europe-west1-docker.pkg.dev/price-prediction/ppa/grafana@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
  people         = ["user:ada@example.com"]
  prefix         = "ppa"
  project        = "price-prediction"
  project_number = "123456789012"
  region         = "europe-west1"
}

run "provisions_sources_and_every_dashboard" {
  command = plan

  module {
    source = "./modules/grafana"
  }

  assert {
    condition     = [for source in yamldecode(google_storage_bucket_object.file["provisioning/datasources/app.yaml"].content).datasources : source.type] == ["stackdriver", "grafana-bigquery-datasource"]
    error_message = "Cloud Monitoring and BigQuery must be there as data sources."
  }

  assert {
    condition     = alltrue([for source in yamldecode(google_storage_bucket_object.file["provisioning/datasources/app.yaml"].content).datasources : source.jsonData.authenticationType == "gce"])
    error_message = "Data sources must be read as the service's own account, without a key."
  }

  assert {
    condition     = toset([for name in keys(google_storage_bucket_object.file) : name if startswith(name, "dashboards/")]) == toset([for name in fileset("./modules/grafana/dashboards", "*.json") : "dashboards/${name}"])
    error_message = "Every dashboard of the folder must be provisioned."
  }

  assert {
    condition     = google_cloud_run_v2_service.this.template[0].volumes[0].gcs[0].mount_options == tolist(["implicit-dirs"])
    error_message = "Grafana must see the folders that are in the objects' names."
  }

  assert {
    condition     = local.settings.GF_PLUGINS_PREINSTALL_DISABLED == "true"
    error_message = "A cold start must not fetch anything: the plugin is in the image."
  }

  assert {
    condition     = yamldecode(google_storage_bucket_object.file["provisioning/dashboards/app.yaml"].content).providers[0].options.path == "${google_cloud_run_v2_service.this.template[0].containers[0].volume_mounts[0].mount_path}/dashboards"
    error_message = "Grafana must look for dashboards where the bucket is mounted."
  }
}

run "draws_its_own_deployment" {
  command = plan

  module {
    source = "./modules/grafana"
  }

  variables {
    dataset = "staging_data"
    prefix  = "staging"
  }

  assert {
    condition = alltrue([
      for dashboard in values(local.dashboards) :
      { for v in jsondecode(dashboard).templating.list : v.name => v.query } == { dataset = "staging_data", prefix = "staging" }
    ])
    error_message = "A dashboard must show the deployment that it is part of."
  }
}

run "stands_behind_iap_and_in_the_pages" {
  command = plan

  module {
    source = "./modules/grafana"
  }

  assert {
    condition     = google_cloud_run_v2_service.this.iap_enabled && google_cloud_run_v2_service.this.template[0].scaling[0].min_instance_count == 0
    error_message = "Grafana must be behind IAP, and cost nothing where nobody looks at it."
  }

  assert {
    condition     = jsondecode(local.settings.GF_AUTH_JWT_EXPECT_CLAIMS).aud == "/projects/123456789012/locations/europe-west1/services/ppa-grafana"
    error_message = "Grafana must take assertions that are for itself only."
  }

  assert {
    condition     = local.settings.GF_SECURITY_ALLOW_EMBEDDING == "true" && strcontains(local.settings.GF_SECURITY_CONTENT_SECURITY_POLICY_TEMPLATE, "frame-ancestors 'self' ${var.embedded_in};")
    error_message = "The pages may show a dashboard in a frame, and nobody else."
  }

  assert {
    condition     = toset(keys(google_project_iam_member.reader)) == toset(["roles/bigquery.jobUser", "roles/monitoring.viewer"]) && google_bigquery_dataset_iam_member.reader.role == "roles/bigquery.dataViewer"
    error_message = "Grafana may read what it draws, and nothing else."
  }

  assert {
    condition     = google_storage_bucket.provisioning.public_access_prevention == "enforced" && google_storage_bucket_iam_member.provisioning.role == "roles/storage.objectViewer"
    error_message = "Grafana may read its dashboards and not write them."
  }

  assert {
    condition     = output.url == "https://ppa-grafana-123456789012.europe-west1.run.app"
    error_message = "Grafana must answer at its own address."
  }
}

run "answers_to_a_name_of_yours" {
  command = plan

  module {
    source = "./modules/grafana"
  }

  variables {
    domain      = "grafana.example.com"
    embedded_in = "https://app.example.com"
  }

  assert {
    condition     = local.settings.GF_SERVER_ROOT_URL == "https://grafana.example.com/" && output.url == "https://grafana.example.com"
    error_message = "Grafana must answer to its name."
  }

  assert {
    condition     = strcontains(local.settings.GF_SECURITY_CONTENT_SECURITY_POLICY_TEMPLATE, "frame-ancestors 'self' https://app.example.com;")
    error_message = "The pages at your name may show a dashboard in a frame."
  }
}

run "refuses_an_image_by_its_tag" {
  command = plan

  module {
    source = "./modules/grafana"
  }

  variables {
    image = "docker.io/grafana/grafana:12.4.3"
  }

  expect_failures = [var.image]
}
