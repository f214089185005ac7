resource "google_project_service" "sqladmin" {
  service = "sqladmin.googleapis.com"

  # The project may hold something else that needs the API.
  disable_on_destroy = false
}
