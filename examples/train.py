"""Train a scikit-learn pipeline on a downloaded dataset, with purged splits, and save or upload it.

ppa dataset LABEL_ID -o btc.csv
python examples/train.py btc.csv --name my-model
ppa models upload my-model.ppa

With `--upload http://localhost:8080` it uploads by itself.
"""

import argparse
from pathlib import Path

from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline

import ppa


def main() -> None:
    """Read the data, validate, fit, save, upload."""
    arguments = read_arguments()
    # columns that keep to their range: a price that climbs leaves what a model was trained on behind
    data = ppa.read_dataset(arguments.dataset, features=["price action", "volatility", "calendar"])
    model = make_pipeline(
        SimpleImputer(strategy="median", keep_empty_features=True),
        # early stopping would validate on rows drawn at random from the training rows
        HistGradientBoostingClassifier(
            max_iter=60, max_leaf_nodes=15, learning_rate=0.05, early_stopping=False, random_state=7
        ),
    )
    # the last quarter is held out: the platform scores the model on it
    scores = cross_val_score(model, *data.train, cv=data.folds(3), scoring="roc_auc")
    print(f"ROC AUC, walk-forward: {', '.join(f'{score:.3f}' for score in scores)}")
    model.fit(*data.train)

    metadata = {
        "user_metrics": {"cv_roc_auc": float(scores.mean())},
        "notes": "Gradient boosting on price action, from examples/train.py",
        "tags": ["example"],
    }
    bundle = ppa.save_bundle(arguments.name, model, arguments.name, data, mlflow=True, **metadata)
    print(f"Wrote {bundle}.")
    if arguments.upload:
        print(ppa.connect(arguments.upload).upload(bundle).model_id)


def read_arguments() -> argparse.Namespace:
    """Return the dataset, the name of the model and where to upload it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("dataset", type=Path, help="the CSV or Parquet file, with its manifest next to it")
    parser.add_argument("--name", default="my-model")
    parser.add_argument("--upload", metavar="ADDRESS", help="of the app, such as http://localhost:8080")
    return parser.parse_args()


if __name__ == "__main__":
    main()
