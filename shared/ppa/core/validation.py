"""Splits in time that keep a label's look-ahead out of the test rows.

The label of row `t` is made of the closes in `(t, t + lookahead]`. A training row whose window reaches into
the test rows, or that lies in the window of a test row, has seen what it is tested on: it is purged. An
embargo leaves out further hours, for features that remember; it is as long as the look-ahead where none is
given. After M. López de Prado, Advances in Financial
Machine Learning (2018), chapter 7, "Cross-Validation in Finance": 7.4.1 (purging) and 7.4.2 (embargo).

Rows must be in time order. Where `X` has a DatetimeIndex (UTC, on the hour) its clock hours count, gaps and
all; otherwise its rows are taken as consecutive hours.
"""

from collections.abc import Iterator
from datetime import datetime
from numbers import Integral

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from ppa.core.errors import BadInput
from ppa.core.labels.criterion import check_lookahead
from ppa.core.labels.definition import clock_hours

Rows = NDArray[np.int64]
Split = tuple[Rows, Rows]


class SplitError(BadInput):
    """The rows cannot be split as asked."""


class _PurgedSplitter:
    """What both splitters share; the parameters are those scikit-learn shows and clones."""

    def __init__(self, n_splits: int = 5, *, lookahead: int, embargo: int | None = None) -> None:
        self.n_splits = _whole("n_splits", n_splits, 2)
        self.lookahead = check_lookahead(lookahead)
        self.embargo = None if embargo is None else _whole("embargo", embargo, 0)

    @property
    def _left_out(self) -> int:
        """Hours of purge and embargo together."""
        return self.lookahead + (self.lookahead if self.embargo is None else self.embargo)

    def __repr__(self) -> str:
        """Return the call that makes an equal splitter, its parameters by name, as scikit-learn shows its own."""
        parameters = ", ".join(f"{name}={value!r}" for name, value in sorted(vars(self).items()))
        return f"{type(self).__name__}({parameters})"

    def get_n_splits(self, X: object = None, y: object = None, groups: object = None) -> int:
        """The number of folds."""
        return self.n_splits

    def split(self, X: ArrayLike, y: object = None, groups: object = None) -> Iterator[Split]:
        """Yield (train, test) row positions; raises `SplitError` if a fold would have no rows to train on."""
        hours = _hours(X)
        for fold, test in enumerate(self._tests(hours.size), 1):
            train = np.flatnonzero(self._may_train(hours, hours[test[0]], hours[test[-1]]))
            yield _filled(train, f"fold {fold} of {self.n_splits}"), test

    def _tests(self, rows: int) -> list[Rows]:
        raise NotImplementedError

    def _may_train(self, hours: Rows, first: np.int64, last: np.int64) -> NDArray[np.bool_]:
        raise NotImplementedError


class PurgedKFold(_PurgedSplitter):
    """K consecutive folds, each once the test rows; training rows lie on both sides of them.

    A row before is left out if its label window reaches the first test row; a row after, if it lies within
    `lookahead` hours of the last test row, and then for `embargo` hours more. Snippet 7.3 of López de Prado.

    Examples
    --------
    >>> import numpy as np
    >>> for train, test in PurgedKFold(3, lookahead=2, embargo=0).split(np.zeros((9, 1))):
    ...     print(train.tolist(), test.tolist())
    [5, 6, 7, 8] [0, 1, 2]
    [0, 8] [3, 4, 5]
    [0, 1, 2, 3] [6, 7, 8]
    """

    def _tests(self, rows: int) -> list[Rows]:
        if rows < self.n_splits:
            raise SplitError(f"{rows} rows cannot make {self.n_splits} folds: use fewer folds.")
        return np.array_split(np.arange(rows), self.n_splits)

    def _may_train(self, hours: Rows, first: np.int64, last: np.int64) -> NDArray[np.bool_]:
        before = hours + self.lookahead < first
        return before | (hours > last + self._left_out)


class PurgedWalkForward(_PurgedSplitter):
    """Train on all that came before, test on the next block, move on: as the model would have lived.

    The last `n_splits` blocks of `test_size` rows are the tests (by default the rows are divided into
    `n_splits + 1` blocks). A row is left out of training if its label window, lengthened by `embargo` hours,
    reaches the first test row.

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
        self.test_size = None if test_size is None else _whole("test_size", test_size, 1)

    def _tests(self, rows: int) -> list[Rows]:
        size = self.test_size or rows // (self.n_splits + 1)
        start = rows - self.n_splits * size
        if size == 0 or start <= 0:
            raise SplitError(
                f"{rows} rows cannot make {self.n_splits} test blocks: use fewer or smaller ones."
            )
        return np.split(np.arange(start, rows), self.n_splits)

    def _may_train(self, hours: Rows, first: np.int64, last: np.int64) -> NDArray[np.bool_]:
        return hours + self._left_out < first


def purged_split(
    index: pd.DatetimeIndex,
    *,
    lookahead: int,
    test_from: datetime | None = None,
    test_fraction: float | None = None,
) -> Split:
    """One split in time: (train, test) row positions with `lookahead` hours purged between them.

    The test rows begin at `test_from`, or are the last `test_fraction` of all rows; give one of the two.
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
    test = _filled(np.arange(start, len(index)), "the test side")
    return _filled(np.flatnonzero(hours + lookahead < hours[start]), "the training side"), test


def _test_start(index: pd.DatetimeIndex, test_from: datetime | None, test_fraction: float | None) -> int:
    if (test_from is None) == (test_fraction is None):
        raise SplitError("Give either test_from or test_fraction.")
    if test_from is not None:
        return int(index.searchsorted(_aware(test_from)))
    if test_fraction is None or not 0 < test_fraction < 1:
        raise SplitError(f"test_fraction must lie between 0 and 1, not {test_fraction}.")
    return len(index) - round(len(index) * test_fraction)


def _aware(moment: datetime) -> pd.Timestamp:
    stamp = pd.Timestamp(moment)
    if stamp.tz is None:
        raise SplitError(f"test_from must have a time zone, such as UTC, and {moment} has none.")
    return stamp


def _hours(table: ArrayLike) -> Rows:
    """The clock hour of each row: of its DatetimeIndex if it has one, else its position."""
    index = getattr(table, "index", None)
    if isinstance(index, pd.DatetimeIndex):
        return _in_order(clock_hours(index))
    return np.arange(np.shape(table)[0])


def _in_order(hours: Rows) -> Rows:
    if (np.diff(hours) < 0).any():
        raise SplitError("The rows must be in time order: call sort_index() first.")
    return hours


def _filled(rows: Rows, where: str) -> Rows:
    if rows.size == 0:
        raise SplitError(f"No rows are left for {where}: use more rows, fewer folds or a shorter look-ahead.")
    return rows


def _whole(name: str, value: int, minimum: int) -> int:
    if not isinstance(value, Integral) or isinstance(value, bool) or value < minimum:
        raise SplitError(f"{name} must be a whole number of at least {minimum}, not {value!r}.")
    return int(value)
