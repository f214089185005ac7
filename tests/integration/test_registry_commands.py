"""`ppa models` against a served platform: upload with verdicts, aliases, edits and history."""

import json
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from pathlib import Path

import joblib
import pytest
from platforms import LOOKAHEAD, SPEC, ask, copied, served, small, stated
from sklearn.linear_model import LogisticRegression

from ppa.cli.entry import main

Ppa = Callable[..., str]


@pytest.fixture(scope="module")
def url(history: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    site = small(copied(history, tmp_path_factory.mktemp("commands")))
    with served(site.platform) as address:
        yield address
    site.platform.close()


@pytest.fixture
def ppa(url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Ppa:
    """Run a command and return its output of both streams."""
    monkeypatch.setenv("PPA_URL", url)

    def run(*arguments: str, code: int = 0) -> str:
        monkeypatch.setattr("sys.argv", ["ppa", *arguments])
        with pytest.raises(SystemExit) if code else nullcontext() as left:
            main()
        assert code == (left.value.code if left else 0)
        output = capsys.readouterr()
        return output.out + output.err

    return run


def test_a_pickle_of_ones_own_is_converted_and_every_step_is_said(ppa: Ppa, url: str, tmp_path: Path) -> None:
    output = stated("mine")
    rows = ask(f"{url}/api/v1/labels/{SPEC.label_id}/dataset.csv").text.splitlines()
    assert len(rows) > 1000
    model, manifest = tmp_path / "mine.joblib", tmp_path / "manifest.json"
    manifest.write_bytes(ask(f"{url}/api/v1/labels/{SPEC.label_id}/manifest.json").content)
    joblib.dump(LogisticRegression().fit([[0.0], [1.0]], [0, 1]), model)
    when = ("--train-from", output["train_from"], "--train-to", output["train_to"])
    options = ("--manifest", str(manifest), "--name", "mine", *when, "--tag", "small", "--metric", "f1=0.5")
    refused = ppa("models", "upload", str(model), *options, code=1)
    assert "✓ Dataset: Its " in refused
    assert f"; {LOOKAHEAD} hours between training and test were purged" in refused
    assert "✕ Features: The model was fitted on 1 unnamed features" in refused
    assert "is not a number" in ppa("models", "upload", str(model), *options, "--metric", "f1", code=1)
    reported = tmp_path / "told.json"
    reported.write_text(json.dumps({"features": ["hour_of_day"]}))
    taken = ppa("models", "upload", str(model), "--metadata", str(reported), *options)
    assert "✓ Leakage: " in taken
    assert "mine-v1: accuracy " in taken
    assert ask(f"{url}/api/v1/models/mine-v1").json()["tags"] == ["small"]


def test_the_registry_is_kept_by_commands(ppa: Ppa) -> None:
    assert "calm-v1 is champion." in ppa("models", "alias", "calm-v1", "champion")
    assert "bold-v1 is champion." in ppa("models", "alias", "bold-v1", "champion")
    assert "calm-v1 is champion again." in ppa("models", "rollback", "bold-v1")
    assert "nothing can be rolled back" in ppa("models", "rollback", "bold-v1", code=1)
    assert "calm-v1: notes, tags, expires_after_days saved." in ppa(
        "models", "edit", "calm-v1", "--notes", "calm", "--tag", "a", "--expires-after", "9"
    )
    assert "Nothing is to be changed" in ppa("models", "edit", "calm-v1", code=1)
    history = ppa("models", "history", "calm-v1")
    for event in ("uploaded", "alias_set", "alias_restored", "notes_set", "tags_set", "expiry_set"):
        assert event in history
    assert "champion" in ppa("models", "list")
    assert "neither champion nor challenger" in ppa("models", "alias", "calm-v1", "none")
