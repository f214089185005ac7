"""The stand-in for the provider catches what the real provider's schema would."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

CHECK = Path(__file__).parent / "offline" / "check.py"
HEAD = """
terraform {
  required_providers {
    google = {
      source  = "hashicorp/google"
      version = "~> 8.0"
    }
  }
}
"""
BUCKET = 'resource "google_storage_bucket" "it" {{\n  name = "it"\n  {}\n}}\n'
GOOD = 'location = "EU"'
TEST = """
mock_provider "google" {{}}
run "names_it" {{
  command = apply
  assert {{
    condition     = google_storage_bucket.it.name == "{}"
    error_message = "It has another name."
  }}
}}
"""

pytestmark = pytest.mark.usefixtures("terraform")


def check(folder: Path, body: str, test: str = "") -> subprocess.CompletedProcess[str]:
    (folder / "tests").mkdir()
    (folder / "main.tf").write_text(HEAD + body)
    (folder / "tests" / "it.tftest.hcl").write_text(test)
    return subprocess.run([sys.executable, str(CHECK), str(folder)], capture_output=True, text=True)


def test_a_module_that_fits_passes_and_the_provider_is_named(tmp_path: Path) -> None:
    done = check(tmp_path, BUCKET.format(GOOD), TEST.format("it"))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Success! 1 passed, 0 failed." in done.stdout
    assert re.match(r"Checking \S+ with (the real provider|a stand-in that knows)", done.stdout)


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        pytest.param(
            BUCKET.format(f"{GOOD}\n  storage_clas = 1"), "Unsupported argument", id="a misspelt argument"
        ),
        pytest.param(BUCKET.format(""), "Missing required argument", id="a missing argument"),
        pytest.param(
            BUCKET.format(f"{GOOD}\n  labels = 7"), "Incorrect attribute value type", id="a wrong type"
        ),
        pytest.param(
            BUCKET.format(f"{GOOD}\n  versions {{}}"), "Unsupported block type", id="a misspelt block"
        ),
        pytest.param(
            BUCKET.format(f"{GOOD}\n  versioning {{}}"), "Missing required argument", id="an empty block"
        ),
        pytest.param(
            BUCKET.format(
                f"{GOOD}\n  versioning {{\n enabled = true\n }}\n  versioning {{\n enabled = true\n }}"
            ),
            "Too many versioning blocks",
            id="a block given twice",
        ),
        pytest.param(
            BUCKET.format("location = google_storage_bucket.it.nothing"),
            "Unsupported attribute",
            id="a bad reference",
        ),
        pytest.param(
            'resource "google_iap_brand" "it" {}', "Invalid resource type", id="a type that is gone"
        ),
        pytest.param('data "google_projet" "it" {}', "Invalid data source", id="a misspelt data source"),
    ],
)
def test_what_does_not_fit_fails(tmp_path: Path, body: str, complaint: str) -> None:
    done = check(tmp_path, body)
    assert done.returncode != 0
    assert complaint in done.stdout


def test_a_failing_test_fails(tmp_path: Path) -> None:
    done = check(tmp_path, BUCKET.format(GOOD), TEST.format("that"))
    assert done.returncode != 0
    assert "It has another name." in done.stdout
