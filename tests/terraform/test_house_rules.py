"""Rules of the house that no tool knows, read off the module's files by python-hcl2."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hcl2
import pytest

REPO = Path(__file__).parents[2]
MODULE = REPO / "terraform"
FOLDERS = [MODULE, *sorted(MODULE.glob("modules/*"))]
FILES = [file for folder in FOLDERS for file in sorted(folder.glob("*.tf"))]
OPTIONS = hcl2.SerializationOptions(with_comments=False, explicit_blocks=False, strip_string_quotes=True)

PUBLIC = re.compile(r"allUsers|allAuthenticatedUsers")
BROAD_ROLE = re.compile(r"roles/(editor|owner|viewer)$|admin$", re.I)
DEFAULT_ACCOUNT = re.compile(
    r"-compute@developer|@appspot\.gserviceaccount|@cloudbuild\.gserviceaccount|default_service_account"
)
PROJECT_ROLES = {
    "roles/bigquery.jobUser",
    "roles/bigquery.readSessionUser",
    "roles/logging.logWriter",
    "roles/monitoring.viewer",
}
ACCOUNT_ARGUMENTS = {
    "google_cloud_run_v2_service": [("template", "service_account")],
    "google_cloudfunctions2_function": [
        ("build_config", "service_account"),
        ("service_config", "service_account_email"),
    ],
}

Body = dict[str, Any]  # HCL has no fixed shape


def read(file: Path) -> Body:
    return hcl2.loads(file.read_text(), serialization_options=OPTIONS)


def blocks(kind: str, *files: Path) -> list[tuple[str, Body]]:
    """The one-label blocks of a kind (variables, outputs) with their bodies, in the order they are written."""
    bodies = [block for f in files or FILES for block in read(f).get(kind, [])]
    return [(name, body) for block in bodies for name, body in block.items()]


def own_variables() -> list[tuple[str, Body]]:
    """The variables that whoever deploys sets; a module below is given what these have let pass."""
    return blocks("variable", MODULE / "variables.tf")


def resources(*types: str) -> Iterator[tuple[str, str, Body]]:
    """Type, name and body of each resource, of the given types if any."""
    for kind, named in blocks("resource"):
        for name, body in named.items():
            if not types or kind in types:
                yield kind, name, body


def grants() -> list[tuple[str, str, Body]]:
    return [r for r in resources() if "_iam_" in r[0] and not r[0].endswith("custom_role")]


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
@pytest.mark.parametrize("kind", ["variable", "output"])
def test_variables_and_outputs_are_alphabetical_in_a_file_of_their_own(kind: str, folder: Path) -> None:
    names = [name for name, _ in blocks(kind, *folder.glob("*.tf"))]
    assert names
    assert names == sorted(names)
    assert names == [name for name, _ in blocks(kind, folder / f"{kind}s.tf")]


def test_variables_are_typed_and_described() -> None:
    careless = [
        n
        for n, body in blocks("variable")
        if "type" not in body or not body.get("description", "").endswith(".")
    ]
    assert careless == []


def test_outputs_are_described() -> None:
    assert [n for n, body in blocks("output") if not body.get("description", "").endswith(".")] == []


def test_every_string_that_google_is_picky_about_is_validated() -> None:
    free = {"deletion_protection", "grafana", "labels"}
    assert {n for n, body in own_variables() if not body.get("validation")} == free


def test_every_variable_is_shown_to_refuse_something() -> None:
    shown = set(
        re.findall(r"^ {4}var\.(\w+),$", (MODULE / "tests" / "variables.tftest.hcl").read_text(), re.M)
    )
    assert {n for n, body in own_variables() if body.get("validation")} == shown


def test_the_example_gives_what_must_be_given_and_nothing_unknown() -> None:
    variables = dict(own_variables())
    given = read(MODULE / "example.tfvars").keys()
    assert given <= variables.keys()
    assert {n for n, body in variables.items() if "default" not in body} <= given


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_the_versions_are_those_that_were_tried(folder: Path) -> None:
    (settings,) = read(folder / "versions.tf")["terraform"]
    assert settings["required_version"] == ">= 1.11"
    (required,) = settings["required_providers"]
    assert required["google"] == {"source": "hashicorp/google", "version": "~> 8.0"}


def test_the_state_is_kept_in_a_bucket_that_is_not_named_here() -> None:
    (settings,) = read(MODULE / "versions.tf")["terraform"]
    (backend,) = settings["backend"]
    assert backend.keys() == {"gcs"}
    assert "bucket" not in backend["gcs"]


def test_resources_keep_to_one_kind_of_name() -> None:
    assert [name for _, name, _ in resources() if not re.fullmatch(r"[a-z][a-z_]*", name)] == []


def test_nothing_is_public_and_nothing_runs_as_a_default_account() -> None:
    result = [f"{f.name}: {line}" for f in FILES for line in f.read_text().splitlines() if _is_open(line)]
    assert result == []


def _is_open(line: str) -> bool:
    return bool(PUBLIC.search(line) or DEFAULT_ACCOUNT.search(line))


def test_what_runs_names_its_account() -> None:
    for kind, name, body in resources(*ACCOUNT_ARGUMENTS):
        for block, argument in ACCOUNT_ARGUMENTS[kind]:
            assert body[block][0].get(argument, "").startswith("${google_service_account.this"), (
                f"{kind}.{name}"
            )


def test_no_role_is_broad() -> None:
    assert grants()
    assert [f"{kind}.{name}" for kind, name, body in grants() if BROAD_ROLE.search(body["role"])] == []


def test_roles_on_the_whole_project_are_few_or_bound_by_a_condition() -> None:
    wide = [
        body for kind, _, body in grants() if kind == "google_project_iam_member" and "condition" not in body
    ]
    assert {body["role"] for body in wide if body["role"].startswith("roles/")} <= PROJECT_ROLES


def test_grants_are_single_members() -> None:
    assert [f"{kind}.{name}" for kind, name, _ in grants() if not kind.endswith("_iam_member")] == []


def test_only_those_who_invoke_may_invoke() -> None:
    invokers = {name: body["member"] for kind, name, body in grants() if body["role"] == "roles/run.invoker"}
    assert invokers.keys() == {"scheduled", "backfill", "cap", "iap"}
    assert invokers["cap"] == '${local.members["messenger"]}'
    assert invokers["scheduled"] == '${local.members["scheduler"]}'
    assert "gcp-sa-iap" in invokers["iap"]


def test_the_web_service_is_behind_iap() -> None:
    services = list(resources("google_cloud_run_v2_service"))
    assert services
    assert [name for _, name, body in services if body.get("iap_enabled") is not True] == []


def test_secrets_have_no_values() -> None:
    assert list(resources("google_secret_manager_secret"))
    assert list(resources("google_secret_manager_secret_version")) == []
    assert [f.name for f in FILES if re.search(r"secret_data|sensitive_labels", f.read_text())] == []


@pytest.mark.parametrize("bucket", [n for _, n, _ in resources("google_storage_bucket")])
def test_every_bucket_is_hardened(bucket: str) -> None:
    body = {n: b for _, n, b in resources("google_storage_bucket")}[bucket]
    assert body["uniform_bucket_level_access"] is True
    assert body["public_access_prevention"] == "enforced"
    assert body["versioning"] == [{"enabled": True}]
    assert int(body["soft_delete_policy"][0]["retention_duration_seconds"]) >= 7 * 86400
    assert body["lifecycle_rule"]


def test_data_is_protected_by_default() -> None:
    assert dict(own_variables())["deletion_protection"]["default"] is True
    for kind in ("google_bigquery_table", "google_secret_manager_secret", "google_sql_database_instance"):
        for _, name, body in resources(kind):
            assert body["deletion_protection"] == "${var.deletion_protection}", f"{kind}.{name}"
    for _, _, body in resources("google_bigquery_table", "google_bigquery_dataset"):
        assert body["deletion_policy"] == "${local.deletion_policy}"


def test_schedules_call_with_a_token_in_utc() -> None:
    for _, name, body in resources("google_cloud_scheduler_job"):
        assert body["time_zone"] == "Etc/UTC", name
        assert body["http_target"][0]["oidc_token"][0].keys() == {"audience", "service_account_email"}, name


def test_the_tables_have_the_schemas_that_terraform_reads() -> None:
    warehouse = REPO / "shared" / "ppa" / "storage" / "warehouse"
    tables = json.loads((warehouse / "tables.json").read_text())
    assert {file.stem for file in (warehouse / "schemas").glob("*.json")} == tables.keys()
