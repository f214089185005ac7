"""The client of a notebook: connect, data, training, upload, predictions, figures, over a socket and in place."""

import doctest
import importlib
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pandas as pd
import pytest
from platforms import PYTHONPATH, SPEC, Small, copied, served, small
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline

import ppa
from ppa.client.bigquery import sql_of
from ppa.client.records import Record

CLIENT = ("ApiProblem", "App", "Data", "connect")
PRICE = ["price action", "calendar"]


@pytest.fixture(scope="module")
def lived(history: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Small]:
    """A platform with a label and an active model that has predicted for some hours."""
    site = small(copied(history, tmp_path_factory.mktemp("client") / "home"))
    site.activate("calm-v1")
    site.live(3)
    yield site
    site.platform.close()


@pytest.fixture(scope="module")
def url(lived: Small) -> Iterator[str]:
    """The address of its app."""
    with served(lived.platform) as address:
        yield address


@pytest.fixture
def app(url: str, monkeypatch: pytest.MonkeyPatch) -> ppa.App:
    """The client, connected as a notebook does that knows the address."""
    monkeypatch.setenv("PPA_URL", url)
    return ppa.connect()


@pytest.fixture(scope="module")
def data(url: str) -> ppa.Data:
    """The dataset of the platform's label."""
    return ppa.connect(url).dataset(lookahead=6, threshold=0.01, features=PRICE)


def test_a_dataset_is_features_and_labels_with_what_describes_it(app: ppa.App, data: ppa.Data) -> None:
    assert data.label_id == SPEC.label_id
    assert list(data.X.columns) == data.features
    assert set(data.features) < set(data.manifest["features"])
    assert data.X.index.equals(data.y.index)
    assert set(data.y.unique()) == {0, 1}
    assert (str(data.X.index.tz), str(data.X.dtypes.unique()[0])) == ("UTC", "float64")
    assert SPEC.label_id in repr(data)
    assert app.dataset(SPEC.label_id).frame["label"].equals(data.frame["label"])


def test_splits_are_purged_by_the_look_ahead(data: ppa.Data) -> None:
    gap = pd.Timedelta(hours=data.lookahead)
    x_train, x_test, y_train, y_test = data.split(test_from=pd.Timestamp("2026-02-15", tz="UTC"))
    assert x_train.index[-1] + gap < x_test.index[0] == pd.Timestamp("2026-02-15", tz="UTC")
    assert (len(x_train), len(x_test)) == (len(y_train), len(y_test))
    assert data.train[0].index[-1] + gap < data.test[0].index[0]
    scores = cross_val_score(estimator(), *data.train, cv=data.folds(3))
    assert len(scores) == 3


def test_three_lines_train_and_upload_a_model(
    app: ppa.App, data: ppa.Data, capsys: pytest.CaptureFixture[str]
) -> None:
    registered = app.upload(
        estimator().fit(*data.train), "threefold", data, notes="three lines", tags=["mine"]
    )
    assert registered.model_id == "threefold-v1"
    assert registered.label_id == data.label_id
    assert registered.features == data.features
    assert (registered.notes, registered.tags) == ("three lines", ["mine"])
    assert pd.Timestamp(registered.train_to) == data.train[0].index[-1]
    assert {v["outcome"] for v in registered.verdicts if v["step"] in ("dataset", "versions", "split")} == {
        "passed"
    }
    printed = capsys.readouterr().out
    assert printed.count("\n") == len(registered.verdicts)
    assert "✓ Dataset" in printed
    assert "threefold-v1" in app.models().index
    assert app.models(label_id="none").empty


def test_a_file_its_bytes_and_other_training_rows_are_uploaded_too(
    app: ppa.App, data: ppa.Data, tmp_path: Path
) -> None:
    x_train, _, y_train, _ = data.split(test_fraction=0.5)
    file = tmp_path / "own.skops"
    file.write_bytes(ppa.dump_model(estimator().fit(x_train, y_train)))
    heard: list[str] = []
    first = app.upload(
        file, "own", data, train=x_train, on_verdict=lambda verdict: heard.append(verdict["step"])
    )
    second = app.upload(
        file.read_bytes(), "own", data, train=x_train, on_verdict=heard.append, decision_threshold=0.6
    )
    assert (first.model_id, second.model_id) == ("own-v1", "own-v2")
    assert pd.Timestamp(first.train_to) == x_train.index[-1]
    assert "leakage" in heard


def test_what_cannot_be_done_is_an_exception_with_the_sentence_of_the_api(
    app: ppa.App, data: ppa.Data
) -> None:
    with pytest.raises(ppa.ApiProblem, match="There is no model 'nobody-v1'") as problem:
        app.activate("nobody-v1")
    assert (problem.value.status, problem.value.code) == (404, "not_found")
    with pytest.raises(ppa.ApiProblem, match="lookahead is 0") as problem:
        app.dataset(lookahead=0)
    assert problem.value.status == 400
    with pytest.raises(Exception, match=r"no feature or group 'prices'.*price action"):
        app.dataset(lookahead=6, threshold=0.01, features="prices")
    with pytest.raises(Exception, match="training rows"):
        app.upload(estimator(), "odd", data, train=pd.DataFrame({"a": [1]}))


def test_predictions_performance_and_status_come_as_frames_and_records(app: ppa.App) -> None:
    predictions = app.predictions("calm-v1", origin="live")
    assert len(predictions) == 3
    assert str(predictions.index.tz) == "UTC"
    assert predictions["probability"].between(0, 1).all()
    assert app.predictions("calm-v1", since="2027-01-01").empty
    performance = app.performance("calm-v1", origin="buffer")
    assert performance.counts.predictions > 0
    assert "verdict" in dir(performance)
    with pytest.raises(AttributeError, match="no field 'luck'"):
        performance.luck  # noqa: B018
    assert app.labels().loc[SPEC.label_id, "lookahead"] == 6
    assert app.features().loc["hour_of_day", "group"] == "calendar"
    assert app.status().rows > 0
    assert app.model("calm-v1").active


def test_a_model_is_deactivated_and_activated(app: ppa.App, lived: Small) -> None:
    assert not app.deactivate("calm-v1").active
    lived.clock.now += timedelta(seconds=1)
    assert app.activate("calm-v1").active


def test_records_are_tables_in_a_notebook() -> None:
    record = Record({"name": "<b>", "many": list(range(100)), "inner": {"a": 1}})
    assert record.inner.a == 1
    assert "&lt;b&gt;" in record._repr_html_()
    assert max(len(line) for line in repr(record).splitlines()) < 90


@pytest.mark.parametrize("kind", ["price", "roc", "calibration", "running_accuracy"])
def test_figures_have_a_title_units_and_the_data_of_the_pages(app: ppa.App, kind: str) -> None:
    figure = app.figure(kind, label_id=SPEC.label_id, models=["calm-v1"], origin="buffer")
    assert figure.layout.title.text
    assert figure.layout.xaxis.title.text
    assert figure.layout.yaxis.title.text
    assert all(len(trace.x) for trace in figure.data)
    assert len(figure.data) == (1 if kind == "price" else 2)


def test_a_figure_that_is_none_is_refused(app: ppa.App) -> None:
    with pytest.raises(Exception, match="no figure 'pie'; choose one of price, roc"):
        app.figure("pie")
    with pytest.raises(Exception, match="name them as models="):
        app.figure("roc")


def test_deployed_tables_are_named_by_the_app(app: ppa.App) -> None:
    with pytest.raises(Exception, match="embedded warehouse"):
        app.read_gbq("predictions")
    assert sql_of("predictions", "p.d") == "SELECT * FROM `p.d.predictions`"
    assert sql_of("SELECT 1 FROM {dataset}.labels", "p.d") == "SELECT 1 FROM p.d.labels"


@pytest.mark.parametrize("name", CLIENT)
def test_the_examples_of_the_client_run(app: ppa.App, name: str) -> None:
    item = getattr(ppa, name)
    module = importlib.import_module(item.__module__)
    tests = doctest.DocTestFinder(recurse=False).find(item, name, module, globs=dict(vars(module)))
    results = [doctest.DocTestRunner().run(test) for test in tests]
    assert sum(result.attempted for result in results) > 0
    assert sum(result.failed for result in results) == 0


def test_a_folder_without_an_app_is_opened_in_place(history: Path, tmp_path: Path) -> None:
    script = "import sys, ppa\nwith ppa.connect() as app:\n    print(app.labels().index[0], 'sklearn' in sys.modules)"
    home = copied(history, tmp_path / "home")
    variables = {
        "PATH": "/usr/bin:/bin",
        "PPA_HOME": str(home),
        "PPA_SOURCE": "csv",
        "PYTHONPATH": PYTHONPATH,
    }
    done = subprocess.run(
        [sys.executable, "-c", script], env=variables, cwd=tmp_path, capture_output=True, text=True
    )
    assert done.stdout.split() == [SPEC.label_id, "False"], done.stderr


def estimator() -> object:
    """An unfitted pipeline."""
    return make_pipeline(SimpleImputer(keep_empty_features=True), LogisticRegression(C=0.1))
