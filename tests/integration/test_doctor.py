"""`ppa models doctor` says what would happen to a model file, and why."""

import gzip
import pickle
from pathlib import Path
from typing import Any

import joblib
import pytest
from click.testing import CliRunner
from hostile_files import LABELS, ROWS
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.semi_supervised import SelfTrainingClassifier

from ppa.cli.main import ppa
from ppa.modelfiles.files import dump_model

GOOD = make_pipeline(StandardScaler(), LogisticRegression()).fit(ROWS, LABELS)


def doubled(rows: Any) -> Any:
    return 2 * rows


def doctor(path: Path) -> tuple[int, str]:
    done = CliRunner().invoke(ppa, ["models", "doctor", str(path)], catch_exceptions=False)
    return done.exit_code, " ".join(done.output.split())


def test_files_of_each_kind_are_taken(tmp_path: Path) -> None:
    joblib.dump(GOOD, tmp_path / "a.joblib", compress=3)
    (tmp_path / "a.pkl").write_bytes(pickle.dumps(GOOD))
    (tmp_path / "a.pkl.gz").write_bytes(gzip.compress(pickle.dumps(GOOD)))
    (tmp_path / "a.skops").write_bytes(dump_model(GOOD))
    for name in ("a.joblib", "a.pkl", "a.pkl.gz", "a.skops"):
        code, output = doctor(tmp_path / name)
        assert code == 0
        assert f"✓ Model: {name} holds a Pipeline(StandardScaler, LogisticRegression)." in output
        assert "✓ Upload: all its types are accepted" in output
        assert "✓ Program: it converts, and agrees with its library on 5" in output
        assert "It gives a probability for complete rows." in output


def test_a_model_that_is_not_accepted_may_still_convert_and_the_other_way_round(tmp_path: Path) -> None:
    joblib.dump(SelfTrainingClassifier(GOOD).fit(ROWS, LABELS), tmp_path / "one.joblib")
    code, output = doctor(tmp_path / "one.joblib")
    assert code == 1
    assert "✕ Upload" in output
    assert "✓ Program" in output
    own = make_pipeline(FunctionTransformer(doubled), LogisticRegression()).fit(ROWS, LABELS)
    joblib.dump(own, tmp_path / "two.joblib")
    code, output = doctor(tmp_path / "two.joblib")
    assert code == 1
    assert (
        "✕ Program: FunctionTransformer (in Pipeline) applies doubled. Use a numpy function of this list"
        in output
    )


@pytest.mark.parametrize("name", ["notes.txt", "broken.pkl"])
def test_what_is_no_model_file_is_one_sentence(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"garbage")
    done = CliRunner().invoke(ppa, ["models", "doctor", str(tmp_path / name)])
    assert name in str(done.exception)
