resource "google_project_service" "this" {
  for_each = toset(["iamcredentials.googleapis.com", "sqladmin.googleapis.com"])

  service = each.key

  # The project may hold something else that needs the API.
  disable_on_destroy = false
}
