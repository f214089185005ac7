"""Train a scikit-learn pipeline on a downloaded dataset, with purged splits, and prepare it for upload.

ppa dataset LABEL_ID -o btc.csv
python examples/train.py btc.csv --name my-model
ppa models upload my-model.skops --metadata my-model.json --manifest btc.manifest.json

`--upload http://localhost:8080` also uploads the model.
"""

import argparse
import json
from pathlib import Path

import pandas as pd
import requests
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline

from ppa.core.validation import PurgedWalkForward, purged_split
from ppa.modelfiles.files import dump_model
from ppa.modelfiles.training import library_versions, steady_features
from ppa.outside.tracking.training import begin_run


def main() -> None:
    """Read the dataset, validate and fit the model, write it, and upload it if requested."""
    arguments = read_arguments()
    manifest_file = arguments.dataset.with_name(f"{arguments.dataset.stem}.manifest.json")
    manifest = json.loads(manifest_file.read_text())
    rows = read_rows(arguments.dataset)
    lookahead, features = manifest["lookahead"], steady_features(manifest["features"])

    # the last quarter is held out: the platform scores the model on it
    train, _ = purged_split(rows.index, test_fraction=0.25, lookahead=lookahead)
    x, y = rows.iloc[train][features], rows.iloc[train]["label"].astype(int)
    model = make_pipeline(
        SimpleImputer(strategy="median", keep_empty_features=True),
        # early stopping would validate on random rows, which overlap the training rows
        HistGradientBoostingClassifier(
            max_iter=60, max_leaf_nodes=15, learning_rate=0.05, early_stopping=False, random_state=7
        ),
    )
    folds = PurgedWalkForward(n_splits=3, lookahead=lookahead)
    scores = cross_val_score(model, x, y, cv=folds, scoring="roc_auc")
    print(f"Walk-forward ROC AUC: {', '.join(f'{score:.3f}' for score in scores)}")
    model.fit(x, y)

    metadata = {
        "name": arguments.name,
        "label_id": manifest["label_id"],
        "catalogue_version": manifest["catalogue_version"],
        "features": features,
        "train_from": x.index[0].isoformat(),
        "train_to": x.index[-1].isoformat(),
        "libraries": library_versions(),
        "user_metrics": {"cv_roc_auc": float(scores.mean())},
        "notes": "Gradient boosting on price action, from examples/train.py",
        "tags": ["example"],
    }
    metadata |= begin_run(model, metadata)  # logged to MLflow if MLFLOW_TRACKING_URI is set
    file = Path(f"{arguments.name}.skops")
    file.write_bytes(dump_model(model))
    file.with_suffix(".json").write_text(json.dumps(metadata, indent=2))
    print(f"Wrote {file.name} and {arguments.name}.json.")
    if arguments.upload:
        upload(arguments.upload, file, metadata, manifest)


def upload(address: str, file: Path, metadata: dict[str, object], manifest: dict[str, object]) -> None:
    """Upload the model and print the verdict of each check."""
    parts = {"metadata": json.dumps(metadata), "manifest": json.dumps(manifest)}
    with file.open("rb") as model:
        response = requests.post(f"{address}/api/v1/models", files={"file": model}, data=parts, timeout=600)
    for step in response.json().get("verdicts", []):
        print(f"{step['outcome']}: {step['title']}. {step['sentence']} {step['remedy']}")
    print(response.json()["model_id" if response.ok else "detail"])


def read_arguments() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("dataset", type=Path, help="CSV file, with its manifest next to it")
    parser.add_argument("--name", default="my-model")
    parser.add_argument(
        "--upload", metavar="ADDRESS", help="address of the app, such as http://localhost:8080"
    )
    return parser.parse_args()


def read_rows(path: Path) -> pd.DataFrame:
    """Rows with a known label, indexed by `ts` (UTC)."""
    rows = pd.read_csv(path, index_col="ts", parse_dates=["ts"], comment="#")
    return rows[rows["label"].notna()]


if __name__ == "__main__":
    main()
