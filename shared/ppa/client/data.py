"""Datasets as a notebook gets them: features, labels and purged splits."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from ppa.core.dataset_names import manifest_name
from ppa.core.errors import BadInput
from ppa.core.validation import PurgedWalkForward, purged_split
from ppa.ops.catalogue_file import load_catalogue

LABEL = "label"
TEST_FRACTION = 0.25

Part = tuple[pd.DataFrame, "pd.Series[int]"]


@dataclass(frozen=True, repr=False)
class Data:
    """Dataset of a label.

    Attributes
    ----------
    frame : DataFrame of all hours, indexed by `ts` (open of the hour's bar, UTC), with one float64 column per feature
        and `label` (1, 0, missing where unknown).
    manifest : the dataset's description, which an upload sends back: label, catalogue, columns, rows, hash.
    features : names of the columns of `X`.

    Examples
    --------
    >>> import ppa
    >>> data = ppa.connect().dataset(lookahead=6, threshold=0.01)
    >>> X_train, X_test, y_train, y_test = data.split(test_fraction=0.2)
    >>> bool(X_train.index[-1] + pd.Timedelta(hours=data.lookahead) < X_test.index[0])
    True
    """

    frame: pd.DataFrame
    manifest: Mapping[str, Any]
    features: list[str]

    @property
    def label_id(self) -> str:
        """Id of the label."""
        return str(self.manifest["label_id"])

    @property
    def lookahead(self) -> int:
        """Hours that the label looks ahead."""
        return int(self.manifest["lookahead"])

    @cached_property
    def X(self) -> pd.DataFrame:  # noqa: N802 # scikit-learn's name
        """Features of the hours whose label is known: float64, NaN where missing."""
        return self._known[self.features]

    @cached_property
    def y(self) -> "pd.Series[int]":
        """Labels of the same hours, 0 or 1."""
        return self._known[LABEL].astype(int)

    @property
    def train(self) -> Part:
        """`(X, y)` of the first three quarters; hours whose windows reach into the test are purged."""
        return self._parts[0]

    @property
    def test(self) -> Part:
        """`(X, y)` of the last quarter: the hours on which the platform scores the model."""
        return self._parts[1]

    def split(
        self, *, test_from: datetime | None = None, test_fraction: float | None = None
    ) -> tuple[pd.DataFrame, pd.DataFrame, "pd.Series[int]", "pd.Series[int]"]:
        """Return `X_train, X_test, y_train, y_test`, as scikit-learn's `train_test_split` does, split in time.

        The test begins at `test_from` (with a time zone) or is the last `test_fraction` of the hours, by default a
        quarter. Training hours whose windows reach into the test are left out. Raises `SplitError` where a side
        would be empty.
        """
        if test_from is None and test_fraction is None:
            test_fraction = TEST_FRACTION
        index = pd.DatetimeIndex(self.X.index)
        train, test = purged_split(
            index, lookahead=self.lookahead, test_from=test_from, test_fraction=test_fraction
        )
        return self.X.iloc[train], self.X.iloc[test], self.y.iloc[train], self.y.iloc[test]

    def folds(self, n_splits: int = 5) -> PurgedWalkForward:
        """Return a splitter for `cross_val_score` and `GridSearchCV`: walk-forward, purged by the look-ahead."""
        return PurgedWalkForward(n_splits, lookahead=self.lookahead)

    @cached_property
    def _known(self) -> pd.DataFrame:
        return self.frame[self.frame[LABEL].notna()]

    @cached_property
    def _parts(self) -> tuple[Part, Part]:
        x_train, x_test, y_train, y_test = self.split()
        return (x_train, y_train), (x_test, y_test)

    def __repr__(self) -> str:
        """Return one line: label, hours, positive rate, columns, source."""
        first, last = self.frame.index[0], self.frame.index[-1]
        return (
            f"Data({self.label_id}: {len(self.frame):,} hours, {first:%Y-%m-%d} to {last:%Y-%m-%d}, "
            f"{self.y.mean():.1%} positive, {len(self.features)} features, {self.manifest['source']} data)"
        )


def read_dataset(path: str | Path, features: list[str] | None = None) -> Data:
    """Read a downloaded dataset (.csv, .csv.gz or .parquet) and the manifest next to it; no app is needed.

    `features` names columns of `X`, or groups of the catalogue; all of the manifest by default. Raises BadInput where
    the manifest is missing.
    """
    file = Path(path)
    described = file.with_name(manifest_name(file.name))
    if not described.exists():
        raise BadInput(
            f"{described.name} is not next to {file.name}; download the manifest to the same folder."
        )
    manifest = json.loads(described.read_text(encoding="utf-8"))
    if file.suffix == ".parquet":
        frame = pd.read_parquet(file).set_index("ts")
    else:
        frame = pd.read_csv(file, index_col="ts", parse_dates=["ts"], comment="#")
    groups = {feature.name: feature.group for feature in load_catalogue().features}
    return Data(frame, manifest, chosen_features(manifest, groups, features))


def chosen_features(
    manifest: Mapping[str, Any], groups: Mapping[str, str], wanted: "list[str] | str | None"
) -> list[str]:
    """Return the dataset's columns that `wanted` names: by name, by group (`groups`: group by column), or all."""
    columns: list[str] = list(manifest["features"])
    if wanted is None:
        return columns
    names = [wanted] if isinstance(wanted, str) else list(wanted)
    unknown = [name for name in names if name not in columns and name not in groups.values()]
    if unknown:
        raise BadInput(
            f"The dataset has no feature or group {', '.join(map(repr, unknown))}. "
            f"Its groups are {', '.join(sorted(set(groups.values())))}; app.features() lists all features."
        )
    return [column for column in columns if column in names or groups.get(column) in names]
