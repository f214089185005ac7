"""Examples from a downloaded dataset to a registered model, by script and by notebook."""

import json
import runpy
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from platforms import SPEC, Small, ask, copied, served, small

from ppa_web.training_notebook import example_notebook

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture(scope="module")
def app(history: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Small, str]]:
    site = small(copied(history, tmp_path_factory.mktemp("examples")))
    with served(site.platform) as url:
        yield site, url
    site.platform.close()


@pytest.fixture
def downloaded(app: tuple[Small, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Folder with the dataset and its manifest, as written by `ppa dataset`; returns the app's address."""
    url = app[1]
    for kind, name in (("dataset.csv", "btc.csv"), ("manifest.json", "btc.manifest.json")):
        (tmp_path / name).write_bytes(ask(f"{url}/api/v1/labels/{SPEC.label_id}/{kind}").content)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PPA_URL", url)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    return url


def test_the_notebook_trains_and_uploads(downloaded: str, capsys: pytest.CaptureFixture[str]) -> None:
    notebook = json.loads((EXAMPLES / "train.ipynb").read_text(encoding="utf-8"))
    assert notebook == example_notebook(), "`make schemas` writes it"
    names: dict[str, object] = {}
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            assert (cell["outputs"], cell["execution_count"]) == ([], None)
            exec("".join(cell["source"]), names)  # noqa: S102 -- our own notebook
    output = capsys.readouterr().out
    assert "Walk-forward ROC AUC" in output
    assert "✓ Dataset: Its" in output
    assert ask(f"{downloaded}/api/v1/models/notebook-v1").json()["tags"] == ["example"]


def test_the_notebook_is_thirty_lines() -> None:
    notebook = json.loads((EXAMPLES / "train.ipynb").read_text(encoding="utf-8"))
    lines = [line for cell in notebook["cells"] if cell["cell_type"] == "code" for line in cell["source"]]
    assert len([line for line in lines if line.strip()]) <= 30


def test_the_script_trains_and_uploads(
    downloaded: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["train.py", "btc.csv", "--name", "scripted", "--upload", downloaded])
    runpy.run_path(str(EXAMPLES / "train.py"), run_name="__main__")
    output = capsys.readouterr().out
    assert "ROC AUC, walk-forward" in output
    assert "✓ Dataset: Its" in output
    assert output.strip().endswith("scripted-v1")
