resource "google_bigquery_dataset" "this" {
  #checkov:skip=CKV_GCP_81:Google's own encryption at rest is enough for market data.
  dataset_id  = var.dataset
  location    = local.data_location
  description = "Observations, features, labels, models and predictions of the Price Prediction App"

  delete_contents_on_destroy = false
  deletion_policy            = local.deletion_policy
  max_time_travel_hours      = "168"

  depends_on = [google_project_service.this]
}

# No primary keys: BigQuery trusts them without enforcing them, and quotes may hold a row twice.
resource "google_bigquery_table" "this" {
  #checkov:skip=CKV_GCP_80:Google's own encryption at rest is enough for market data.
  for_each = local.tables

  dataset_id  = google_bigquery_dataset.this.dataset_id
  table_id    = each.key
  description = each.value.description
  clustering  = length(each.value.cluster) > 0 ? each.value.cluster : null
  schema      = file("${path.module}/../shared/ppa/storage/warehouse/schemas/${each.key}.json")

  deletion_policy     = local.deletion_policy
  deletion_protection = var.deletion_protection

  dynamic "time_partitioning" {
    for_each = each.value.partition[*]

    content {
      field         = time_partitioning.value.field
      type          = time_partitioning.value.type
      expiration_ms = try(each.value.expiration_days * 24 * 60 * 60 * 1000, null)
    }
  }

  lifecycle {
    precondition {
      condition     = length(each.value.cluster) <= 4
      error_message = "Table ${each.key} is clustered by more than four columns."
    }

    precondition {
      condition     = each.value.expiration_days == null || each.value.partition != null
      error_message = "Table ${each.key} has rows that expire, and so must be partitioned."
    }
  }
}

resource "google_bigquery_dataset_iam_member" "readers" {
  for_each = toset(local.readers)

  dataset_id = google_bigquery_dataset.this.dataset_id
  role       = "roles/bigquery.dataViewer"
  member     = local.members[each.key]
}

# A MERGE reads from a staging table; making one is asked of the dataset, the rest of the table itself.
resource "google_bigquery_dataset_iam_member" "stagers" {
  for_each = toset(local.readers)

  dataset_id = google_bigquery_dataset.this.dataset_id
  role       = google_project_iam_custom_role.row_stager.name
  member     = local.members[each.key]

  condition {
    title       = "staging tables"
    description = "Never the tables that are merged into"
    expression  = "resource.name == \"${local.dataset_path}\" || resource.name.startsWith(\"${local.dataset_path}/tables/staging_\")"
  }
}

resource "google_bigquery_table_iam_member" "writers" {
  for_each = local.table_grants

  dataset_id = google_bigquery_dataset.this.dataset_id
  table_id   = google_bigquery_table.this[each.value.table].table_id
  role       = google_project_iam_custom_role.row_writer.name
  member     = local.members[each.value.account]
}
