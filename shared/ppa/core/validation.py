"""Time-series splits with purging and embargo for look-ahead labels.

The label of row `t` depends on the closes in `(t, t + lookahead]`. Purging removes training rows whose window overlaps
the test rows or that lie within the window of a test row. An embargo removes further hours, for features with memory;
by default it is as long as the look-ahead. After M. López de Prado, Advances in Financial Machine Learning (2018),
chapter 7, "Cross-Validation in Finance": sections 7.4.1 (purging) and 7.4.2 (embargo).

Rows must be in time order. With a DatetimeIndex (UTC, on the hour), distances are in clock hours, gaps included;
otherwise rows count as consecutive hours.
"""

from collections.abc import Iterator
from datetime import datetime
from numbers import Integral

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from ppa.core.contracts.label import check_lookahead
from ppa.core.errors import BadInput
from ppa.core.labels.definition import clock_hours

Rows = NDArray[np.int64]
Split = tuple[Rows, Rows]


class SplitError(BadInput):
    """The rows cannot be split with these arguments."""


class _PurgedSplitter:
    """Base class of the splitters; compatible with scikit-learn's cross-validators."""

    def __init__(self, n_splits: int = 5, *, lookahead: int, embargo: int | None = None) -> None:
        self.n_splits = _integer("n_splits", n_splits, 2)
        self.lookahead = check_lookahead(lookahead)
        self.embargo = None if embargo is None else _integer("embargo", embargo, 0)

    @property
    def _gap_hours(self) -> int:
        """Hours of purging and embargo in total."""
        return self.lookahead + (self.lookahead if self.embargo is None else self.embargo)

    def __repr__(self) -> str:
        """Return the constructor call with all parameters, in the format of scikit-learn."""
        parameters = ", ".join(f"{name}={value!r}" for name, value in sorted(vars(self).items()))
        return f"{type(self).__name__}({parameters})"

    def get_n_splits(self, X: object = None, y: object = None, groups: object = None) -> int:
        """Return the number of folds."""
        return self.n_splits

    def split(self, X: ArrayLike, y: object = None, groups: object = None) -> Iterator[Split]:
        """Yield (train, test) row positions of each fold; raises `SplitError` if a fold has no training rows."""
        hours = _hours(X)
        for fold, test in enumerate(self._test_folds(hours.size), 1):
            train = np.flatnonzero(self._training_mask(hours, hours[test[0]], hours[test[-1]]))
            yield _not_empty(train, f"fold {fold} of {self.n_splits}"), test

    def _test_folds(self, rows: int) -> list[Rows]:
        raise NotImplementedError

    def _training_mask(self, hours: Rows, first: np.int64, last: np.int64) -> NDArray[np.bool_]:
        raise NotImplementedError


class PurgedKFold(_PurgedSplitter):
    """K-fold cross-validation with purging and embargo; each of the consecutive folds is the test set once.

    Training rows lie on both sides of the test rows. A row before is purged if its label window reaches the first test
    row; a row after, if it lies within `lookahead + embargo` hours of the last. Snippet 7.3 of López de Prado.

    Examples
    --------
    >>> import numpy as np
    >>> for train, test in PurgedKFold(3, lookahead=2, embargo=0).split(np.zeros((9, 1))):
    ...     print(train.tolist(), test.tolist())
    [5, 6, 7, 8] [0, 1, 2]
    [0, 8] [3, 4, 5]
    [0, 1, 2, 3] [6, 7, 8]
    """

    def _test_folds(self, rows: int) -> list[Rows]:
        if rows < self.n_splits:
            raise SplitError(f"{rows} rows are too few for {self.n_splits} folds. Use fewer folds.")
        return np.array_split(np.arange(rows), self.n_splits)

    def _training_mask(self, hours: Rows, first: np.int64, last: np.int64) -> NDArray[np.bool_]:
        before = hours + self.lookahead < first
        return before | (hours > last + self._gap_hours)


class PurgedWalkForward(_PurgedSplitter):
    """Walk-forward validation with purging and embargo: train on all earlier rows, test on the next block.

    The last `n_splits` blocks of `test_size` rows are the test sets; by default the rows are divided into
    `n_splits + 1` blocks. A training row is purged if its label window, extended by `embargo` hours, reaches the first
    test row.

    Examples
    --------
    >>> import numpy as np
    >>> for train, test in PurgedWalkForward(2, lookahead=1, embargo=0).split(np.zeros((9, 1))):
    ...     print(train.tolist(), test.tolist())
    [0, 1] [3, 4, 5]
    [0, 1, 2, 3, 4] [6, 7, 8]
    """

    def __init__(
        self, n_splits: int = 5, *, lookahead: int, embargo: int | None = None, test_size: int | None = None
    ) -> None:
        super().__init__(n_splits, lookahead=lookahead, embargo=embargo)
        self.test_size = None if test_size is None else _integer("test_size", test_size, 1)

    def _test_folds(self, rows: int) -> list[Rows]:
        size = self.test_size or rows // (self.n_splits + 1)
        start = rows - self.n_splits * size
        if size == 0 or start <= 0:
            raise SplitError(
                f"{rows} rows are too few for {self.n_splits} test blocks. Use fewer or smaller blocks."
            )
        return np.split(np.arange(start, rows), self.n_splits)

    def _training_mask(self, hours: Rows, first: np.int64, last: np.int64) -> NDArray[np.bool_]:
        return hours + self._gap_hours < first


def purged_split(
    index: pd.DatetimeIndex,
    *,
    lookahead: int,
    test_from: datetime | None = None,
    test_fraction: float | None = None,
) -> Split:
    """Split rows in time, purging `lookahead` hours in between; returns (train, test) row positions.

    The test rows begin at `test_from`, or are the last `test_fraction` of all rows; pass one of the two.
    `index` is in UTC, on the hour, in time order. Raises `SplitError` if either side would be empty.

    Examples
    --------
    >>> import pandas as pd
    >>> hours = pd.date_range("2026-01-01", periods=8, freq="h", tz="UTC")
    >>> train, test = purged_split(hours, lookahead=2, test_fraction=0.25)
    >>> train.tolist(), test.tolist()
    ([0, 1, 2, 3], [6, 7])
    """
    lookahead, hours = check_lookahead(lookahead), _in_order(clock_hours(index))
    start = _test_start(index, test_from, test_fraction)
    test = _not_empty(np.arange(start, len(index)), "the test side")
    return _not_empty(np.flatnonzero(hours + lookahead < hours[start]), "the training side"), test


def _test_start(index: pd.DatetimeIndex, test_from: datetime | None, test_fraction: float | None) -> int:
    if (test_from is None) == (test_fraction is None):
        raise SplitError("Pass either test_from or test_fraction, not both or neither.")
    if test_from is not None:
        return int(index.searchsorted(_aware(test_from)))
    if test_fraction is None or not 0 < test_fraction < 1:
        raise SplitError(f"test_fraction must be between 0 and 1, not {test_fraction}.")
    return len(index) - round(len(index) * test_fraction)


def _aware(moment: datetime) -> pd.Timestamp:
    stamp = pd.Timestamp(moment)
    if stamp.tz is None:
        raise SplitError(f"test_from must have a time zone, such as UTC, but {moment} has none.")
    return stamp


def _hours(table: ArrayLike) -> Rows:
    """Clock hour of each row: from its DatetimeIndex if it has one, else its position."""
    index = getattr(table, "index", None)
    if isinstance(index, pd.DatetimeIndex):
        return _in_order(clock_hours(index))
    return np.arange(np.shape(table)[0])


def _in_order(hours: Rows) -> Rows:
    if (np.diff(hours) < 0).any():
        raise SplitError("The rows must be in time order. Call sort_index() first.")
    return hours


def _not_empty(rows: Rows, where: str) -> Rows:
    if rows.size == 0:
        raise SplitError(f"No rows are left for {where}. Use more rows, fewer folds or a shorter look-ahead.")
    return rows


def _integer(name: str, value: int, minimum: int) -> int:
    if not isinstance(value, Integral) or isinstance(value, bool) or value < minimum:
        raise SplitError(f"{name} must be a whole number of at least {minimum}, not {value!r}.")
    return int(value)
