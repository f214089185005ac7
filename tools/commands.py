"""The exact command lines of a deployment, and nothing else: pure functions of what is deployed where."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from ppa.core.errors import BadInput

Command = tuple[str, ...]

# Without these, neither the state bucket and the proxy's account can be made nor Terraform enable the rest.
FIRST_APIS = (
    "cloudresourcemanager.googleapis.com",
    "iam.googleapis.com",
    "iap.googleapis.com",
    "serviceusage.googleapis.com",
    "storage.googleapis.com",
)
# What images are built with: it is there before them, and the services after them.
BEFORE_THE_IMAGES = (
    "google_artifact_registry_repository_iam_member.build_images",
    "google_project_iam_member.build_logs",
    "google_storage_bucket_iam_member.build_sources",
)
# Data, and the APIs below it: a destroyed deployment leaves them, and the next one finds them in its state.
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
        "who may do everything: ADMIN=user:you@example.com",
    ),
    "prefix": (r"[a-z][a-z0-9-]{0,13}[a-z0-9]", "what names start with, such as ppa: PREFIX=..."),
}


@dataclass(frozen=True)
class Deployment:
    """What is deployed where; `settings` is a .tfvars file with more, or None. BadInput where a part is misspelt."""

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
        """Where Terraform keeps what it has made; one for all deployments in the project."""
        return f"gs://{self.project}-terraform-state"

    @property
    def builder(self) -> str:
        """The service account that builds images."""
        return f"projects/{self.project}/serviceAccounts/{self.prefix}-builder@{self.project}.iam.gserviceaccount.com"

    def image(self, name: str) -> str:
        """An image of the deployment's registry, without tag or digest."""
        return f"{self.region}-docker.pkg.dev/{self.project}/{self.prefix}/{name}"


def enable_first_apis(at: Deployment) -> Command:
    """Enabling what is enabled already changes nothing."""
    return ("gcloud", "services", "enable", *FIRST_APIS, f"--project={at.project}", "--quiet")


def make_proxy_account(at: Deployment) -> Command:
    """Google makes the account that Identity-Aware Proxy invokes services as when first asked for it.

    Until then nothing can be granted to it, and the provider has no resource that asks. What is there stays.
    """
    return (
        *("gcloud", "beta", "services", "identity", "create", "--service=iap.googleapis.com"),
        *(f"--project={at.project}", "--quiet"),
    )


def describe_state_bucket(at: Deployment) -> Command:
    """Fails where there is none."""
    return ("gcloud", "storage", "buckets", "describe", at.state_bucket, "--format=value(name)", "--quiet")


def create_state_bucket(at: Deployment) -> Command:
    """Private, in the deployment's region."""
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
    """A state that was overwritten by mistake can be had again."""
    return ("gcloud", "storage", "buckets", "update", at.state_bucket, "--versioning", "--quiet")


def terraform_init(at: Deployment) -> Command:
    """Each prefix has a state of its own."""
    return (
        *("terraform", "-chdir=terraform", "init", "-input=false", "-reconfigure"),
        f"-backend-config=bucket={at.state_bucket.removeprefix('gs://')}",
        f"-backend-config=prefix=price-prediction-app/{at.prefix}",
    )


def terraform_variables(
    at: Deployment, packages: Mapping[str, str], images: Mapping[str, str] | None = None
) -> Command:
    """Every variable that a deployment sets; those of the settings file come first, so that these hold."""
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
    """Answer questions about the variables; a value that they refuse is an error."""
    return ("terraform", f"-chdir={folder}", "console", *variables)


def modules_question(modules: Iterable[str]) -> str:
    """Which optional modules are on, as JSON, in a string of Terraform's."""
    return f"jsonencode({{ {', '.join(f'{name} = var.{name} != null' for name in sorted(modules))} }})"


def terraform_plan(variables: Command) -> Command:
    """Say what an apply would do."""
    return ("terraform", "-chdir=terraform", "plan", "-input=false", "-lock=false", *variables)


def terraform_apply(variables: Command, targets: Iterable[str] = ()) -> Command:
    """Make it so; with targets, only those and what they need."""
    only = tuple(f"-target={target}" for target in targets)
    return ("terraform", "-chdir=terraform", "apply", "-input=false", "-auto-approve", *only, *variables)


def terraform_output(name: str) -> Command:
    """One output, as plain text."""
    return ("terraform", "-chdir=terraform", "output", "-raw", name)


def terraform_state() -> Command:
    """The address of everything that there is."""
    return ("terraform", "-chdir=terraform", "state", "list")


def terraform_destroy(variables: Command, targets: Iterable[str]) -> Command:
    """Terraform itself asks whether one is sure."""
    return ("terraform", "-chdir=terraform", "destroy", *(f"-target={t}" for t in targets), *variables)


def destroyable(addresses: Iterable[str]) -> list[str]:
    """The resources, without their keys, that may go: all but data and what data needs."""
    resources = {re.sub(r"\[[^]]*\]$", "", address) for address in addresses}
    of_modules = {name: re.sub(r"\[\d+\]", "", name) for name in resources if not name.startswith("data.")}
    return sorted(name for name, plain in of_modules.items() if name and plain not in KEPT)


def build_config(image: str, *, dockerfile: bool) -> Mapping[str, object]:
    """What `gcloud builds submit` does with `--pack` or a Dockerfile, with logs in Cloud Logging alone.

    A build under an account of its own must say where its logs go, and the short forms have no word for it: any
    other place would be a bucket that the builder may write to.
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
    """Build in the cloud, as the builder, from a bucket that the builder may read."""
    return (
        *("gcloud", "builds", "submit", str(source), f"--config={config}", f"--project={at.project}"),
        *(f"--region={at.region}", f"--service-account={at.builder}"),
        *(f"--gcs-source-staging-dir=gs://{at.project}-{at.prefix}-sources/{name}", "--quiet"),
    )


def image_digest(at: Deployment, image: str) -> Command:
    """The digest of a tag; fails where there is none."""
    return (
        *("gcloud", "artifacts", "docker", "images", "describe", image, f"--project={at.project}"),
        *("--format=value(image_summary.digest)", "--quiet"),
    )


def call_backfill(at: Deployment) -> Command:
    """One slice of history; the answer says whether that was all."""
    return (
        *("gcloud", "functions", "call", f"{at.prefix}-backfill", f"--project={at.project}"),
        *(f"--region={at.region}", "--quiet"),
    )
