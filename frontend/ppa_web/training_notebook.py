"""Notebook that trains a model on a dataset and uploads it: an example, and a download of each label."""

from typing import Any

GROUPS = '["price action", "volatility", "calendar"]'
KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}


def example_notebook() -> dict[str, Any]:
    """Return the notebook of `examples/`: the app that runs, and the data of a label defined in it (nbformat 4.5)."""
    return _notebook(
        "# Train a model at home\n"
        "With the app running (`make run`), or `PPA_URL` naming the one to use. `pip install` nothing else: the "
        "environment of `make run` has all of it.",
        "ppa.connect()",
        f"app.dataset(lookahead=24, threshold=0.02, features={GROUPS})",
        "notebook",
        "From examples/train.ipynb",
    )


def label_notebook(name: str, label_id: str, file_name: str, manifest_name: str, url: str) -> dict[str, Any]:
    """Return the notebook for a label's downloaded dataset: `file_name` with its manifest, and the app at `url`."""
    return _notebook(
        f"# Train a model on {name}\n"
        f"Put `{file_name}` and `{manifest_name}`, downloaded from the app, into the folder of this notebook, and run "
        "it in the environment of `make run`.",
        f'ppa.connect("{url}")',
        f'ppa.read_dataset("{file_name}", features={GROUPS})',
        label_id,
        f"Trained on {file_name}",
    )


def _notebook(introduction: str, connection: str, data: str, name: str, notes: str) -> dict[str, Any]:
    cells = [
        _markdown(introduction),
        _code(f"""from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import ppa

app = {connection}
data = {data}
data"""),
        _markdown(
            "`data.X` and `data.y` are the hours whose label is known. The label of an hour is made of the hours after "
            "it, so splits are purged: `data.train` ends a look-ahead before `data.test`, the last quarter, on which "
            "the platform scores the model. `data.folds()` are the walk-forward splits of scikit-learn's "
            "`cross_val_score`, purged in the same way."
        ),
        _code("""model = make_pipeline(
    SimpleImputer(strategy="median", keep_empty_features=True),
    StandardScaler(),
    LogisticRegression(C=0.01, max_iter=500),
)
scores = cross_val_score(model, *data.train, cv=data.folds(3), scoring="roc_auc")
print(f"Walk-forward ROC AUC {scores.mean():.3f}, from {scores.min():.3f} to {scores.max():.3f}")"""),
        _markdown(
            "The upload takes label, columns, training hours and library versions from the data, and shows the verdict "
            "of each check as it comes."
        ),
        _code(f"""uploaded = app.upload(
    model.fit(*data.train),
    "{name}",
    data,
    user_metrics={{"cv_roc_auc": float(scores.mean())}},
    notes="{notes}",
    tags=["example"],
)"""),
        _markdown(
            "Compare it with the other models of its label, and activate it when it deserves it: "
            "`app.activate(uploaded.model_id)`."
        ),
        _code('app.figure("roc", models=[uploaded.model_id])'),
    ]
    return {
        "cells": [cell | {"id": f"cell-{number}"} for number, cell in enumerate(cells, 1)],
        "metadata": {"kernelspec": KERNEL, "language_info": {"name": "python"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def _markdown(text: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "metadata": {}, "source": text.splitlines(keepends=True)}


def _code(text: str) -> dict[str, Any]:
    source = text.splitlines(keepends=True)
    return {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": [], "source": source}
