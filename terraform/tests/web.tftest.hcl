mock_provider "google" {
  mock_data "google_project" {
    defaults = { number = "123456789012" }
  }
}

variables {
  admins  = ["user:ada@example.com"]
  project = "price-prediction"
  region  = "europe-west1"

  packages = {
    backfill = "tests/fixtures/empty.zip"
    cap      = "tests/fixtures/empty.zip"
    ingest   = "tests/fixtures/empty.zip"
    predict  = "tests/fixtures/empty.zip"
  }
}

run "waits_for_an_image" {
  command = plan

  assert {
    condition     = length(google_cloud_run_v2_service.web) == 0 && length(google_iap_web_cloud_run_service_iam_member.people) == 0
    error_message = "Without an image there is no web service."
  }
}

run "stands_behind_iap" {
  command = plan

  variables {
    editors = ["group:desk@example.com"]
    viewers = ["user:grace@example.com"]
    images  = { web = "europe-west1-docker.pkg.dev/price-prediction/ppa/web@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" }
  }

  assert {
    condition     = google_cloud_run_v2_service.web[0].iap_enabled
    error_message = "The web service must be behind IAP."
  }

  assert {
    condition     = google_cloud_run_v2_service_iam_member.iap[0].member == "serviceAccount:service-123456789012@gcp-sa-iap.iam.gserviceaccount.com"
    error_message = "Only IAP may invoke the web service."
  }

  assert {
    condition = toset([for grant in google_iap_web_cloud_run_service_iam_member.people : grant.member]) == toset([
      "group:desk@example.com", "user:ada@example.com", "user:grace@example.com",
    ])
    error_message = "Admins, editors and viewers must get through IAP, and nobody else."
  }

  assert {
    condition     = local.web_settings.PPA_IAP_AUDIENCE == "/projects/123456789012/locations/europe-west1/services/ppa-web"
    error_message = "The app must know the audience that its assertions are for."
  }

  assert {
    condition     = google_cloud_run_v2_service.web[0].template[0].scaling[0].min_instance_count == 0
    error_message = "A web service that nobody looks at must cost nothing."
  }
}

run "answers_to_a_name_of_yours" {
  command = plan

  variables {
    domains = { web = "app.example.com" }
    images  = { web = "europe-west1-docker.pkg.dev/price-prediction/ppa/web@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" }
  }

  assert {
    condition     = output.web_url == "https://app.example.com"
    error_message = "The pages' address must be the name that was given."
  }
}

run "sends_a_test_to_the_webhook" {
  command = plan

  variables {
    alert_webhook = { url = "https://hooks.example.com/ppa", secret_version = "2" }
    images        = { web = "europe-west1-docker.pkg.dev/price-prediction/ppa/web@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" }
  }

  assert {
    condition     = { for env in google_cloud_run_v2_service.web[0].template[0].containers[0].env : env.name => env.value }["PPA_ALERT_URL"] == "https://hooks.example.com/ppa"
    error_message = "The web service must know where alerts go."
  }

  assert {
    condition = [
      for env in google_cloud_run_v2_service.web[0].template[0].containers[0].env :
      "${env.value_source[0].secret_key_ref[0].secret}:${env.value_source[0].secret_key_ref[0].version}" if env.name == "PPA_ALERT_SECRET"
    ] == ["ppa-alert-secret:2"]
    error_message = "The web service must get the secret that alerts are signed with, pinned to its version."
  }
}
