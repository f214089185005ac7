"""`make deploy`, `plan` and `destroy` with stand-ins for gcloud and terraform that record their calls."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ppa.core.errors import BadInput, Unavailable
from tools.commands import BEFORE_THE_IMAGES, KEPT, Deployment, build_config, destroyable, terraform_variables
from tools.deploy import enabled_modules
from tools.images import OPTIONAL, images
from tools.packages import FUNCTIONS, ROOT, archive, contents
from tools.requirements import AT_HOME, needed
from tools.running import Shell
from tools.web import PYTHON, web_contents

AT = Deployment("a-project", "europe-west1", "user:ada@example.com")
ARGUMENTS = ["PROJECT=a-project", "REGION=europe-west1", "ADMIN=user:ada@example.com"]
DIGEST = "sha256:" + "a" * 64
STATE = """data.google_project.this
google_bigquery_dataset.this
google_bigquery_table.this["labels"]
google_cloud_run_v2_service.web[0]
google_cloudfunctions2_function.this["ingest"]
google_cloudfunctions2_function.this["predict"]
google_project_service.this["run.googleapis.com"]
google_secret_manager_secret.alert
google_secret_manager_secret.provider_key["fred"]
google_storage_bucket.models
google_storage_bucket.sources
"""
# Stand-in for both programs: records the call, and reads and writes its state in the folder `here`.
PROGRAM = """#!{python}
import json, os, sys
from pathlib import Path
here, name, said = Path({here!r}), Path(sys.argv[0]).name, " ".join(sys.argv[1:])
with (here / "calls").open("a") as calls:
    timeout = os.environ.get("CLOUDSDK_CORE_HTTP_TIMEOUT")
    calls.write(json.dumps({{"command": [name, *sys.argv[1:]], "timeout": timeout}}) + "\\n")
def marked(mark, text=""):
    if not (here / mark).exists():
        sys.exit(1)
    print(text)
for failing in (here / "fails").read_text().splitlines() if (here / "fails").exists() else []:
    if failing in said:
        sys.exit("it was refused")
if "buckets create" in said:
    (here / "bucket").touch()
elif "buckets describe" in said:
    marked("bucket", "a-project-terraform-state")
elif "builds submit" in said:
    built = json.loads(Path(said.partition("--config=")[2].split()[0]).read_text())["images"]
    (here / built[0].replace("/", "_")).touch()
elif "images describe" in said:
    marked(sys.argv[5].replace("/", "_"), {digest!r})
elif "console" in said:
    on = (here / "on").read_text().split() if (here / "on").exists() else []
    print(json.dumps(json.dumps({{name: name in on for name in ("grafana", "mlflow")}})))
elif "functions call" in said:
    slices = here / "slices"
    slices.write_text(slices.read_text() + "x" if slices.exists() else "x")
    print(json.dumps({{"rows": 0, "summary": "stored", "complete": len(slices.read_text()) > 2}}))
elif "output -raw web_url" in said:
    print("https://ppa-web.example.com", end="")
elif "state list" in said:
    print({state!r}, end="")
"""


class Cloud:
    """Folder with the two stand-ins, their scripted output, and their recorded calls."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.bin = folder / "bin"
        self.bin.mkdir(parents=True)
        for name in ("gcloud", "terraform"):
            self.install(name)

    def install(self, name: str) -> None:
        program = PROGRAM.format(python=sys.executable, here=str(self.folder), digest=DIGEST, state=STATE)
        (self.bin / name).write_text(program)
        (self.bin / name).chmod(0o755)

    def make(self, target: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run `make <target>` in the repository with the stand-ins only."""
        path = (
            f"{self.bin}:/usr/bin:/bin" if (self.bin / "gcloud").exists() else f"{self.bin}:/bin-of-nothing"
        )
        command = [shutil.which("make") or "make", target, f"PYTHON={sys.executable}", "SHELL=/bin/bash"]
        self.calls_file.unlink(missing_ok=True)
        # as if typed by a person: under `make test` an inner make would print the folder it enters
        typed = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
        return subprocess.run(
            [*command, *(arguments or ARGUMENTS)],
            cwd=ROOT,
            env={**typed, "PATH": path},
            capture_output=True,
            text=True,
        )

    @property
    def calls_file(self) -> Path:
        return self.folder / "calls"

    def calls(self) -> list[list[str]]:
        """Recorded command lines, in order."""
        return [call["command"] for call in self.noted()]

    def noted(self) -> list[dict[str, Any]]:
        if not self.calls_file.exists():
            return []
        return [json.loads(line) for line in self.calls_file.read_text().splitlines()]

    def did(self) -> list[str]:
        """Subcommands of the recorded calls, without options and names."""
        words = [[w for w in call if not w.startswith("-")][:4] for call in self.calls()]
        return [" ".join(w for w in call if "/" not in w and "." not in w and ":" not in w) for call in words]


@pytest.fixture
def cloud(tmp_path: Path) -> Cloud:
    return Cloud(tmp_path / "cloud")


LOOKS = {
    "gcloud storage buckets describe",
    "gcloud artifacts docker images",
    "terraform console",
    "terraform init",
    "terraform plan",
}


def test_a_first_deployment_goes_from_nothing_to_a_page(cloud: Cloud) -> None:
    done = cloud.make("deploy")
    assert done.returncode == 0, done.stdout + done.stderr
    assert cloud.did() == [
        "terraform console",
        "gcloud services enable",
        "gcloud beta services identity",
        "gcloud storage buckets describe",
        "gcloud storage buckets create",
        "gcloud storage buckets update",
        "terraform init",
        "terraform apply",
        "gcloud artifacts docker images",
        "gcloud builds submit",
        "gcloud artifacts docker images",
        "terraform apply",
        "gcloud functions call ppa-backfill",
        "gcloud functions call ppa-backfill",
        "gcloud functions call ppa-backfill",
        "terraform output web_url",
    ]
    assert done.stdout.splitlines()[-1] == "Address: https://ppa-web.example.com"


def test_the_command_lines_are_exactly_these(cloud: Cloud) -> None:
    assert cloud.make("deploy").returncode == 0
    calls = cloud.calls()
    tag = next(c for c in calls if "submit" in c)[3].rsplit("/web-", 1)[1]
    image = "europe-west1-docker.pkg.dev/a-project/ppa/web"
    packages = {name: f"build/{_package(name)}" for name in sorted(FUNCTIONS)}
    admins, *others = variables = [
        '-var=admins=["user:ada@example.com"]',
        f"-var=packages={json.dumps(packages)}",
        "-var=prefix=ppa",
        "-var=project=a-project",
        "-var=region=europe-west1",
    ]
    apply = ["terraform", "-chdir=terraform", "apply", "-input=false", "-auto-approve"]
    first, second = (call for call in calls if call[:3] == apply[:3])
    assert first == [*apply, *(f"-target={name}" for name in BEFORE_THE_IMAGES), *variables]
    assert second == [*apply, admins, _images(web=f"{image}@{DIGEST}"), *others]
    assert calls[0] == ["terraform", f"-chdir={ROOT}/terraform/build/settings", "console", *variables]
    assert calls[2] == [
        *("gcloud", "beta", "services", "identity", "create", "--service=iap.googleapis.com"),
        *("--project=a-project", "--quiet"),
    ]
    assert calls[4] == [
        *("gcloud", "storage", "buckets", "create", "gs://a-project-terraform-state", "--project=a-project"),
        *(
            "--location=europe-west1",
            "--uniform-bucket-level-access",
            "--public-access-prevention",
            "--quiet",
        ),
    ]
    assert calls[6] == [
        *("terraform", "-chdir=terraform", "init", "-input=false", "-reconfigure"),
        "-backend-config=bucket=a-project-terraform-state",
        "-backend-config=prefix=price-prediction-app/ppa",
    ]
    assert calls[9] == [
        *("gcloud", "builds", "submit", str(ROOT / "terraform" / "build" / f"web-{tag}")),
        f"--config={ROOT / 'terraform' / 'build' / 'cloudbuild-web.json'}",
        *("--project=a-project", "--region=europe-west1"),
        "--service-account=projects/a-project/serviceAccounts/ppa-builder@a-project.iam.gserviceaccount.com",
        *("--gcs-source-staging-dir=gs://a-project-ppa-sources/web", "--quiet"),
    ]
    assert calls[12] == [
        *("gcloud", "functions", "call", "ppa-backfill", "--project=a-project", "--region=europe-west1"),
        "--quiet",
    ]


def test_a_slice_of_history_is_waited_for(cloud: Cloud) -> None:
    cloud.make("deploy")
    assert {call["timeout"] for call in cloud.noted() if "call" in call["command"]} == {"3600"}


def test_a_second_deployment_makes_nothing_twice(cloud: Cloud) -> None:
    assert cloud.make("deploy").returncode == 0
    again = cloud.make("deploy")
    assert again.returncode == 0
    assert "gcloud storage buckets create" not in cloud.did()
    assert "gcloud builds submit" not in cloud.did()
    assert cloud.did().count("gcloud functions call ppa-backfill") == 1
    assert _images(web=f"{AT.image('web')}@{DIGEST}") in cloud.calls()[-3]


def test_modules_that_are_on_have_their_images_built_once_and_go_by_digest(cloud: Cloud) -> None:
    (cloud.folder / "on").write_text("grafana mlflow")
    assert cloud.make("deploy").returncode == 0
    built = [call for call in cloud.calls() if "submit" in call]
    modules = ROOT / "terraform" / "modules"
    assert [call[3] for call in built[1:]] == [
        str(modules / "grafana" / "image"),
        str(modules / "mlflow" / "image"),
        str(modules / "mlflow" / "proxy"),
    ]
    assert all(f"--service-account={AT.builder}" in call for call in built)
    names = ("grafana", "mlflow", "sql_proxy", "web")
    everything = _images(**{name: f"{AT.image(name)}@{DIGEST}" for name in names})
    assert everything in next(call for call in reversed(cloud.calls()) if "apply" in call)
    assert cloud.make("deploy").returncode == 0
    assert "gcloud builds submit" not in cloud.did()
    assert everything in next(call for call in reversed(cloud.calls()) if "apply" in call)


def test_a_changed_source_is_another_tag(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "Dockerfile").write_text("FROM a:1")
    monkeypatch.setattr("tools.images.OPTIONAL", {"grafana": {"grafana": tmp_path}})
    before = [image.tag for image in images({"grafana": True})]
    (tmp_path / "Dockerfile").write_text("FROM a:2")
    after = [image.tag for image in images({"grafana": True})]
    assert (before[0], before[1] != after[1]) == (after[0], True)


def test_what_others_make_is_named_by_its_version() -> None:
    for folder in (folder for module in OPTIONAL.values() for folder in module.values()):
        dockerfile = folder / "Dockerfile"
        if dockerfile.exists():
            assert re.search(r"^FROM \S+:\d+\.\d+\.\d+$", dockerfile.read_text(), re.MULTILINE)
        else:
            at_home = _pins(ROOT / "tools" / "mlflow.txt")
            assert _pins(folder / "requirements.txt").items() >= at_home.items()


def test_settings_that_are_refused_end_it_before_anything_is_done(cloud: Cloud) -> None:
    (cloud.folder / "fails").write_text("console\n")
    done = cloud.make("deploy")
    assert done.returncode != 0
    assert "it was refused" in done.stderr
    assert cloud.did() == ["terraform console"]


@pytest.mark.skipif(shutil.which("terraform") is None, reason="terraform is not installed")
def test_terraform_says_what_the_settings_ask_for(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    settings = tmp_path / "my.tfvars"
    at = Deployment("a-project", "europe-west1", "user:ada@example.com", settings=settings)
    variables = terraform_variables(at, {name: f"build/{name}.zip" for name in FUNCTIONS})
    for text, on in (
        ("", set()),
        ("grafana = {}\n", {"grafana"}),
        ("mlflow = {}\n# grafana = {}", {"mlflow"}),
    ):
        settings.write_text(text)
        assert {name for name, is_on in enabled_modules(Shell(dry=True), variables).items() if is_on} == on
    settings.write_text('mlflow = { tier = "small" }')
    with pytest.raises(BadInput, match="The settings are invalid"):
        enabled_modules(Shell(dry=True), variables)
    assert "MLflow's tier must be a machine" in capfd.readouterr().err
    settings.write_text("mlflow = {")
    with pytest.raises(Unavailable, match="terraform failed"):
        enabled_modules(Shell(dry=True), variables)


def test_a_step_that_fails_ends_it_and_the_next_run_goes_on(cloud: Cloud) -> None:
    (cloud.folder / "fails").write_text("builds submit\n")
    failed = cloud.make("deploy")
    assert failed.returncode != 0
    assert cloud.did()[-1] == "gcloud builds submit"
    assert "it was refused" in failed.stderr
    assert "gcloud failed (exit code 1)" in failed.stderr
    assert "Traceback" not in failed.stderr
    (cloud.folder / "fails").unlink()
    assert cloud.make("deploy").returncode == 0
    assert "gcloud storage buckets create" not in cloud.did()


def test_a_backfill_that_does_not_answer_is_not_taken_for_done(cloud: Cloud) -> None:
    (cloud.folder / "fails").write_text("functions call\n")
    assert cloud.make("deploy").returncode != 0
    assert cloud.did()[-1] == "gcloud functions call ppa-backfill"


@pytest.mark.parametrize("before", ["nothing", "a deployment"])
def test_a_plan_changes_nothing(cloud: Cloud, before: str) -> None:
    if before == "a deployment":
        assert cloud.make("deploy").returncode == 0
    plan = cloud.make("plan")
    assert plan.returncode == 0, plan.stderr
    assert set(cloud.did()) <= LOOKS
    assert ("terraform plan" in cloud.did()) == (before == "a deployment")


@pytest.mark.parametrize("on", ["", "grafana mlflow"])
def test_a_plan_says_every_command_that_a_deployment_runs(cloud: Cloud, on: str) -> None:
    (cloud.folder / "on").write_text(on)
    planned = _said(cloud.make("plan").stdout)
    deployed = _said(cloud.make("deploy").stdout)
    reference = [command.replace("sha256:" + "0" * 64, DIGEST) for command in planned]
    assert list(dict.fromkeys(deployed)) == reference


def test_destroying_leaves_data_and_asks_first(cloud: Cloud) -> None:
    assert cloud.make("deploy").returncode == 0
    done = cloud.make("destroy")
    assert done.returncode == 0, done.stderr
    command = cloud.calls()[-1]
    assert command[:3] == ["terraform", "-chdir=terraform", "destroy"]
    assert "-auto-approve" not in command
    assert [part for part in command if part.startswith("-target=")] == [
        "-target=google_cloud_run_v2_service.web",
        "-target=google_cloudfunctions2_function.this",
        "-target=google_storage_bucket.sources",
    ]


def test_where_nothing_was_deployed_nothing_is_destroyed(cloud: Cloud) -> None:
    done = cloud.make("destroy")
    assert done.returncode != 0
    assert "nothing was deployed from here" in done.stderr
    assert cloud.did() == ["gcloud storage buckets describe"]


def test_a_state_that_cannot_be_read_is_not_taken_for_nothing(cloud: Cloud) -> None:
    assert cloud.make("deploy").returncode == 0
    (cloud.folder / "fails").write_text("state list\n")
    done = cloud.make("destroy")
    assert done.returncode != 0
    assert "Terraform finds no state of ppa in gs://a-project-terraform-state" in done.stderr
    assert "terraform destroy" not in cloud.did()


def test_what_is_kept_is_what_terraform_protects() -> None:
    text = "\n".join(path.read_text() for path in (ROOT / "terraform").glob("*.tf"))
    blocks = re.findall(r'^resource "(\w+)" "(\w+)" \{(.*?)^\}', text, re.MULTILINE | re.DOTALL)
    protected = {f"{kind}.{name}" for kind, name, body in blocks if "local.deletion_policy" in body}
    assert protected | {"google_project_service.this"} == {n for n in KEPT if not n.startswith("module.")}
    assert {f"{kind}.{name}" for kind, name, _ in blocks} >= set(BEFORE_THE_IMAGES)
    assert destroyable([f"{name.replace('mlflow', 'mlflow[0]')}[0]" for name in KEPT]) == []
    optional = [
        "module.mlflow[0].google_cloud_run_v2_service.this",
        'google_x.this["a.b/c"]',
        "data.google_x.y",
    ]
    assert destroyable(optional) == ["google_x.this", "module.mlflow[0].google_cloud_run_v2_service.this"]
    # destroying a resource also destroys its dependents
    for kind, name, body in blocks:
        if f"{kind}.{name}" in KEPT:
            assert set(re.findall(r"\bgoogle_\w+\.\w+", body)) <= KEPT


def test_further_settings_come_before_what_is_given(cloud: Cloud, tmp_path: Path) -> None:
    settings = tmp_path / "more.tfvars"
    settings.write_text('alert_email = "ada@example.com"\n')
    cloud.make("deploy", *ARGUMENTS, f"SETTINGS={settings}", "PREFIX=staging")
    apply = cloud.calls()[-5]
    assert apply.index(f"-var-file={settings}") < apply.index("-var=prefix=staging")


@pytest.mark.parametrize(
    ("wrong", "printed"),
    [
        ({"project": "My Project"}, "project"),
        ({"region": "europe-west1-b"}, "region"),
        ({"admin": "ada@example.com"}, "admin"),
        ({"prefix": "A"}, "prefix"),
    ],
)
def test_what_is_misspelt_is_refused_before_anything_is_done(wrong: dict[str, str], printed: str) -> None:
    given = {"project": "a-project", "region": "europe-west1", "admin": "user:ada@example.com"} | wrong
    with pytest.raises(BadInput, match=f"^The {printed} is "):
        Deployment(**given)


def test_what_is_missing_is_said_in_one_sentence(cloud: Cloud) -> None:
    done = cloud.make("deploy", "PROJECT=a-project")
    assert done.returncode != 0
    assert "The region is ''; give a region, such as europe-west1: REGION=..." in done.stderr
    assert cloud.calls() == []


def test_a_program_that_is_not_installed_is_named_with_its_address(cloud: Cloud) -> None:
    (cloud.bin / "gcloud").unlink()
    done = cloud.make("deploy")
    assert done.returncode != 0
    assert "gcloud is not installed; see https://cloud.google.com/sdk/docs/install." in done.stderr


def test_deploying_needs_nothing_but_python_itself() -> None:
    script = "import sys; sys.path[:0] = ['.', 'shared']; import tools.deploy"
    done = subprocess.run(
        [sys.executable, "-S", "-I", "-c", script], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(("dockerfile", "builder"), [(True, "docker"), (False, "pack")])
def test_an_image_is_built_without_a_bucket_for_logs(dockerfile: bool, builder: str) -> None:
    config: Any = build_config("registry/web:tag", dockerfile=dockerfile)
    assert config["options"] == {"logging": "CLOUD_LOGGING_ONLY"}
    assert config["images"] == ["registry/web:tag"]
    (step,) = config["steps"]
    assert step["name"].endswith(f"/{builder}")
    assert "registry/web:tag" in step["args"]


@pytest.mark.parametrize("function", FUNCTIONS)
def test_requirements_are_what_is_imported_at_the_versions_of_the_whole(function: str) -> None:
    whole, own = _pins(ROOT / "requirements.txt"), _pins(ROOT / "functions" / function / "requirements.txt")
    assert own.keys() == needed(function)
    assert own == {name: whole[name] for name in own}
    assert not own.keys() & AT_HOME


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_package_holds_what_is_imported_and_nothing_else(function: str) -> None:
    names = contents(function).keys()
    assert {"main.py", "requirements.txt", "ppa/ops/settings.py"} <= names
    data = {"ppa/core/catalogue.toml", "ppa/storage/warehouse/sql/sources.sql"}
    assert names & data == (data if function != "cap" else {"ppa/core/catalogue.toml"})
    assert not [n for n in names if n.startswith(("ppa/importing/", "ppa/cli/", "ppa_web/"))]
    assert ("ppa/modelfiles/files.py" in names) == (function == "predict")
    assert "ppa/jobs/csv_import.py" not in names


def test_a_changed_byte_gives_another_package() -> None:
    files = {"a.py": b"1", "b.py": b"2"}
    assert archive(files) == archive(dict(reversed(files.items())))
    assert archive(files) != archive(files | {"b.py": b"3"})


def test_the_web_source_is_the_apps_alone_and_of_the_functions_python() -> None:
    files = web_contents()
    assert {
        "Procfile",
        "requirements.txt",
        "frontend/ppa_web/cloud.py",
        "frontend/ppa_web/templates/base.html",
    } <= files.keys()
    assert {name.split("/")[0] for name in files if "/" in name} == {"frontend", "shared"}
    variables = (ROOT / "terraform" / "variables.tf").read_text()
    assert f'default     = "python{PYTHON.replace(".", "")}"' in variables


def test_gunicorn_takes_as_many_requests_as_cloud_run_sends() -> None:
    threads = re.search(r"^threads = (\d+)$", (ROOT / "frontend/gunicorn.conf.py").read_text(), re.MULTILINE)
    maximum = re.search(
        r"concurrency +?= optional\(number, (\d+)\)", (ROOT / "terraform/variables.tf").read_text()
    )
    assert threads is not None
    assert maximum is not None
    assert threads[1] == maximum[1]


def _package(function: str) -> str:
    return next((ROOT / "terraform" / "build").glob(f"{function}-*.zip")).name


def _images(**digests: str) -> str:
    return f"-var=images={json.dumps(digests)}"


def _said(output: str) -> list[str]:
    return [line.strip() for line in output.splitlines() if line.startswith("  $ ")]


def _pins(path: Path) -> dict[str, str]:
    lines = [line.split("#")[0].strip() for line in path.read_text().splitlines()]
    return dict(line.split("==") for line in lines if line)
