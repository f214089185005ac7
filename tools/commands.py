"""Command lines of a deployment, as pure functions of a Deployment."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from ppa.core.errors import BadInput

Command = tuple[str, ...]

# Required to create the state bucket and the proxy's account, and for Terraform to enable the others.
FIRST_APIS = (
    "cloudresourcemanager.googleapis.com",
    "iam.googleapis.com",
    "iap.googleapis.com",
    "serviceusage.googleapis.com",
    "storage.googleapis.com",
)
# Resources for building images; they are created before the images, and the services after them.
BEFORE_THE_IMAGES = (
    "google_artifact_registry_repository_iam_member.build_images",
    "google_project_iam_member.build_logs",
    "google_storage_bucket_iam_member.build_sources",
)
# Data and the APIs it needs: they survive the destruction of a deployment, and the next one finds them in its state.
KEPT = frozenset(
    {
        "google_bigquery_dataset.this",
        "google_bigquery_table.this",
        "google_project_service.this",
        "google_secret_manager_secret.alert",
        "google_secret_manager_secret.provider_key",
        "google_storage_bucket.models",
        "module.mlflow.google_project_service.this",
        "module.mlflow.google_sql_database.this",
        "module.mlflow.google_sql_database_instance.this",
        "module.mlflow.google_sql_user.this",
        "module.mlflow.google_storage_bucket.artifacts",
    }
)
BUILDPACK = "gcr.io/buildpacks/builder:latest"
PACK = "gcr.io/k8s-skaffold/pack"
DOCKER = "gcr.io/cloud-builders/docker"
FORMS = {
    "project": (r"[a-z][a-z0-9-]{4,28}[a-z0-9]", "a project's id, such as my-project-123: PROJECT=..."),
    "region": (r"[a-z]+-[a-z]+[0-9]+", "a region, such as europe-west1: REGION=..."),
    "admin": (
        r"(user|group|serviceAccount):[^@ ]+@[^@ ]+",
        "the administrator: ADMIN=user:you@example.com",
    ),
    "prefix": (r"[a-z][a-z0-9-]{0,13}[a-z0-9]", "a prefix of names, such as ppa: PREFIX=..."),
}


@dataclass(frozen=True)
class Deployment:
    """Project, region, administrator and name prefix of a deployment; BadInput if one is malformed.

    `settings` is a .tfvars file with further variables, or None.
    """

    project: str
    region: str
    admin: str
    prefix: str = "ppa"
    settings: Path | None = None

    def __post_init__(self) -> None:
        for name, (form, wanted) in FORMS.items():
            given = str(getattr(self, name))
            if not re.fullmatch(form, given):
                raise BadInput(f"The {name} is {given!r}; give {wanted}.")

    @property
    def state_bucket(self) -> str:
        """Bucket of Terraform's state, shared by all deployments in the project."""
        return f"gs://{self.project}-terraform-state"

    @property
    def builder(self) -> str:
        """Service account that builds images."""
        return f"projects/{self.project}/serviceAccounts/{self.prefix}-builder@{self.project}.iam.gserviceaccount.com"

    def image(self, name: str) -> str:
        """Address of an image in the deployment's registry, without tag or digest."""
        return f"{self.region}-docker.pkg.dev/{self.project}/{self.prefix}/{name}"


def enable_first_apis(at: Deployment) -> Command:
    """Enable the APIs that everything else needs; idempotent."""
    return ("gcloud", "services", "enable", *FIRST_APIS, f"--project={at.project}", "--quiet")


def make_proxy_account(at: Deployment) -> Command:
    """Create the service account that Identity-Aware Proxy uses to invoke services; idempotent.

    Google creates it on this first request only. Before that no role can be granted to it, and the Terraform provider
    has no resource for it.
    """
    return (
        *("gcloud", "beta", "services", "identity", "create", "--service=iap.googleapis.com"),
        *(f"--project={at.project}", "--quiet"),
    )


def describe_state_bucket(at: Deployment) -> Command:
    """Describe the state bucket; fails if it does not exist."""
    return ("gcloud", "storage", "buckets", "describe", at.state_bucket, "--format=value(name)", "--quiet")


def create_state_bucket(at: Deployment) -> Command:
    """Create the state bucket, private and in the deployment's region."""
    return (
        *("gcloud", "storage", "buckets", "create", at.state_bucket, f"--project={at.project}"),
        *(
            f"--location={at.region}",
            "--uniform-bucket-level-access",
            "--public-access-prevention",
            "--quiet",
        ),
    )


def keep_old_states(at: Deployment) -> Command:
    """Enable versioning, so that an overwritten state can be restored."""
    return ("gcloud", "storage", "buckets", "update", at.state_bucket, "--versioning", "--quiet")


def terraform_init(at: Deployment) -> Command:
    """Initialise Terraform, with a separate state for each prefix."""
    return (
        *("terraform", "-chdir=terraform", "init", "-input=false", "-reconfigure"),
        f"-backend-config=bucket={at.state_bucket.removeprefix('gs://')}",
        f"-backend-config=prefix=price-prediction-app/{at.prefix}",
    )


def terraform_variables(
    at: Deployment, packages: Mapping[str, str], images: Mapping[str, str] | None = None
) -> Command:
    """Arguments for all variables of a deployment; they override those of the settings file."""
    given = {
        "admins": json.dumps([at.admin]),
        "packages": json.dumps(dict(sorted(packages.items()))),
        "prefix": at.prefix,
        "project": at.project,
        "region": at.region,
    }
    given |= {"images": json.dumps(dict(sorted(images.items())))} if images else {}
    more = (f"-var-file={at.settings.resolve()}",) if at.settings else ()
    return more + tuple(f"-var={name}={value}" for name, value in sorted(given.items()))


def terraform_console(folder: Path, variables: Command) -> Command:
    """Evaluate expressions of the variables; invalid values are an error."""
    return ("terraform", f"-chdir={folder}", "console", *variables)


def modules_question(modules: Iterable[str]) -> str:
    """Console expression for the optional modules in use, as JSON in a Terraform string."""
    return f"jsonencode({{ {', '.join(f'{name} = var.{name} != null' for name in sorted(modules))} }})"


def terraform_plan(variables: Command) -> Command:
    """Show the changes that an apply would make."""
    return ("terraform", "-chdir=terraform", "plan", "-input=false", "-lock=false", *variables)


def terraform_apply(variables: Command, targets: Iterable[str] = ()) -> Command:
    """Apply the configuration; with targets, only those and their dependencies."""
    only = tuple(f"-target={target}" for target in targets)
    return ("terraform", "-chdir=terraform", "apply", "-input=false", "-auto-approve", *only, *variables)


def terraform_output(name: str) -> Command:
    """Print one output as plain text."""
    return ("terraform", "-chdir=terraform", "output", "-raw", name)


def terraform_state() -> Command:
    """List the addresses of all existing resources."""
    return ("terraform", "-chdir=terraform", "state", "list")


def terraform_destroy(variables: Command, targets: Iterable[str]) -> Command:
    """Destroy the targets; Terraform asks for confirmation."""
    return ("terraform", "-chdir=terraform", "destroy", *(f"-target={t}" for t in targets), *variables)


def destroyable(addresses: Iterable[str]) -> list[str]:
    """Resources, without their keys, that can be destroyed: all but data and its dependencies."""
    resources = {re.sub(r"\[[^]]*\]$", "", address) for address in addresses}
    of_modules = {name: re.sub(r"\[\d+\]", "", name) for name in resources if not name.startswith("data.")}
    return sorted(name for name, plain in of_modules.items() if name and plain not in KEPT)


def build_config(image: str, *, dockerfile: bool) -> Mapping[str, object]:
    """Configuration equivalent to `gcloud builds submit` with `--pack` or a Dockerfile, logging to Cloud Logging only.

    A build with its own service account must specify where its logs go, which the short forms cannot; the alternative
    is a bucket that the builder can write to.
    """
    pack = ["build", image, "--builder", BUILDPACK, "--network", "cloudbuild"]
    by_file = {"name": DOCKER, "args": ["build", "--pull", "--tag", image, "."]}
    return {
        "images": [image],
        "options": {"logging": "CLOUD_LOGGING_ONLY"},
        "steps": [by_file if dockerfile else {"name": PACK, "entrypoint": "pack", "args": pack}],
        "timeout": "1800s",
    }


def build_image(at: Deployment, name: str, source: Path, config: Path) -> Command:
    """Build an image in the cloud as the builder, from a bucket that the builder can read."""
    return (
        *("gcloud", "builds", "submit", str(source), f"--config={config}", f"--project={at.project}"),
        *(f"--region={at.region}", f"--service-account={at.builder}"),
        *(f"--gcs-source-staging-dir=gs://{at.project}-{at.prefix}-sources/{name}", "--quiet"),
    )


def image_digest(at: Deployment, image: str) -> Command:
    """Print the digest of an image tag; fails if the tag does not exist."""
    return (
        *("gcloud", "artifacts", "docker", "images", "describe", image, f"--project={at.project}"),
        *("--format=value(image_summary.digest)", "--quiet"),
    )


def call_backfill(at: Deployment) -> Command:
    """Backfill one slice of history; the response states if it is complete."""
    return (
        *("gcloud", "functions", "call", f"{at.prefix}-backfill", f"--project={at.project}"),
        *(f"--region={at.region}", "--quiet"),
    )
