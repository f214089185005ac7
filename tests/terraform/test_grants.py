"""Who may do what once the module is applied: the whole list, so that nothing wider slips in."""

from collections import defaultdict

from applied import Resource

COMMON = {
    "project: roles/bigquery.jobUser",
    "project: roles/bigquery.readSessionUser",
    "dataset: roles/bigquery.dataViewer",
    "dataset, where staging tables: row_stager",
}
KEYS = {
    f"secret {provider}: roles/secretmanager.secretAccessor"
    for provider in ("alphavantage", "fred", "polygon")
}
ALERTS = {"secret alert: roles/secretmanager.secretAccessor"}
EXPECTED = {
    "backfill": COMMON
    | {
        f"table {table}: row_writer"
        for table in ("features_hourly", "job_runs", "observations", "provider_calls")
    }
    | KEYS,
    "cap": {"project: schedule_keeper"},
    "builder": {
        "bucket sources: roles/storage.objectViewer",
        "project, where copied function sources: roles/storage.objectViewer",
        "project: roles/logging.logWriter",
        "registry: roles/artifactregistry.writer",
    },
    "grafana": {
        "bucket grafana: roles/storage.objectViewer",
        "dataset: roles/bigquery.dataViewer",
        "project: roles/bigquery.jobUser",
        "project: roles/monitoring.viewer",
    },
    "ingest": COMMON
    | {f"table {table}: row_writer" for table in ("job_runs", "observations", "provider_calls", "quotes")}
    | KEYS,
    "messenger": {"service cap: roles/run.invoker"},
    "mlflow": {
        "bucket artifacts: roles/storage.objectUser",
        "project, where the MLflow database: roles/cloudsql.client",
        "project, where the MLflow database: roles/cloudsql.instanceUser",
    },
    "predict": COMMON
    | KEYS
    | ALERTS
    | {"bucket models: roles/storage.objectViewer", "bucket models: roles/storage.objectCreator"}
    | {
        f"table {table}: row_writer"
        for table in (
            "alert_deliveries",
            "alerts",
            "features_hourly",
            "imports",
            "job_runs",
            "model_events",
            "models",
            "observations",
            "predictions",
            "provider_calls",
        )
    },
    "scheduler": {"service ingest: roles/run.invoker", "service predict: roles/run.invoker"},
    "web": COMMON
    | ALERTS
    | {"bucket models: roles/storage.objectUser", "project: schedule_keeper"}
    | {"account web: jwt_signer", "page mlflow: roles/iap.httpsResourceAccessor"}
    | {
        f"table {table}: row_writer"
        for table in (
            "acknowledgements",
            "alert_deliveries",
            "alerts",
            "features_hourly",
            "imports",
            "labels",
            "mlflow_runs",
            "model_events",
            "models",
            "observations",
            "predictions",
            "provider_calls",
            "rules",
            "schedule_events",
        )
    },
    "the IAP agent": {f"service {name}: roles/run.invoker" for name in ("grafana", "mlflow", "web")},
    "user:ada@example.com": {"service backfill: roles/run.invoker"}
    | {f"page {name}: roles/iap.httpsResourceAccessor" for name in ("grafana", "mlflow", "web")},
    "user:grace@example.com": {
        f"page {name}: roles/iap.httpsResourceAccessor" for name in ("grafana", "web")
    },
}
SCOPES = {
    "google_artifact_registry_repository_iam_member": "registry",
    "google_bigquery_dataset_iam_member": "dataset",
    "google_bigquery_table_iam_member": "table",
    "google_cloud_run_v2_service_iam_member": "service",
    "google_iap_web_cloud_run_service_iam_member": "page",
    "google_project_iam_member": "project",
    "google_secret_manager_secret_iam_member": "secret",
    "google_service_account_iam_member": "account",
    "google_storage_bucket_iam_member": "bucket",
}
NAMED_BY = {
    "account": "service_account_id",
    "bucket": "bucket",
    "page": "cloud_run_service_name",
    "secret": "secret_id",
    "service": "name",
    "table": "table_id",
}


def test_nobody_may_do_more_than_is_listed(applied: list[Resource]) -> None:
    assert _grants(applied) == EXPECTED


def test_grants_are_only_ever_added_one_by_one(applied: list[Resource]) -> None:
    """A binding or a policy would take away what others were granted, and hide it from this list."""
    kinds = {r["type"] for r in applied if "_iam_" in r["type"] and not r["type"].endswith("custom_role")}
    assert kinds <= SCOPES.keys()


def test_each_account_is_used(applied: list[Resource]) -> None:
    accounts = {_account(r) for r in applied if r["type"] == "google_service_account"}
    assert accounts == {name for name in EXPECTED if name.isalpha()}


def _grants(applied: list[Resource]) -> dict[str, set[str]]:
    members, roles, named = _members(applied), _custom_roles(applied), _secrets(applied) | _accounts(applied)
    result: defaultdict[str, set[str]] = defaultdict(set)
    for resource in applied:
        if resource["type"] in SCOPES:
            values = {name: str(value) for name, value in resource["values"].items()}
            role = roles.get(values["role"], values["role"])
            result[members.get(values["member"], values["member"])].add(f"{_scope(resource, named)}: {role}")
    return dict(result)


def _scope(resource: Resource, named: dict[str, str]) -> str:
    kind, values = SCOPES[resource["type"]], resource["values"]
    name = str(values.get(NAMED_BY.get(kind, ""), ""))
    conditions = values["condition"]
    where = f", where {conditions[0]['title']}" if isinstance(conditions, list) and conditions else ""
    return f"{kind} {named.get(name, name).rpartition('-')[2]}".strip() + where


def _members(applied: list[Resource]) -> dict[str, str]:
    accounts = [r for r in applied if r["type"] == "google_service_account"]
    agents = {"serviceAccount:service-123456789012@gcp-sa-iap.iam.gserviceaccount.com": "the IAP agent"}
    return agents | {str(r["values"]["member"]): _account(r) for r in accounts}


def _accounts(applied: list[Resource]) -> dict[str, str]:
    accounts = [r for r in applied if r["type"] == "google_service_account"]
    return {str(r["values"]["name"]): _account(r) for r in accounts}


def _account(account: Resource) -> str:
    return str(account["values"]["account_id"]).removeprefix("ppa-")


def _custom_roles(applied: list[Resource]) -> dict[str, str]:
    return {str(r["values"]["name"]): r["name"] for r in applied if r["type"].endswith("iam_custom_role")}


def _secrets(applied: list[Resource]) -> dict[str, str]:
    return {
        str(r["values"]["id"]): r.get("index", r["name"])
        for r in applied
        if r["type"] == "google_secret_manager_secret"
    }
