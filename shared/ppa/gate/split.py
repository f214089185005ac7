"""Split a dataset into training and held-out rows, purging rows whose labels overlap the training window."""

from dataclasses import dataclass

import pandas as pd

from ppa.core.contracts.upload import UploadMetadata
from ppa.core.times import HOUR
from ppa.modelfiles.errors import ModelRefused
from ppa.repository.dataset import LABEL, Dataset

MIN_TEST_ROWS = 100


@dataclass(frozen=True)
class Split:
    """Labelled training rows, held-out rows, and the number of purged rows between them."""

    train: pd.DataFrame
    test: pd.DataFrame
    purged: int


def split_rows(dataset: Dataset, metadata: UploadMetadata) -> Split:
    """Split the rows with a resolved label by the training window in the metadata.

    Raises ModelRefused if the test begins within the training window, or too few rows are left.
    """
    lookahead, rows = dataset.label.definition.lookahead, dataset.frame
    frame = rows[rows[LABEL].notna() & (rows.index <= dataset.settled)]
    if metadata.test_from is not None and metadata.test_from <= metadata.train_to:
        raise ModelRefused(
            "model_split_overlap",
            f"The test begins {metadata.test_from:%Y-%m-%d %H:%M}, before the training ends "
            f"{metadata.train_to:%Y-%m-%d %H:%M}, so the model has seen rows it would be evaluated on.",
            "Test on later rows: ppa.core.validation.purged_split gives both sides.",
        )
    later = frame[frame.index > metadata.train_to]
    if metadata.test_from is not None:
        later = later[later.index >= metadata.test_from]
    if metadata.test_to is not None:
        later = later[later.index <= metadata.test_to]
    test = later[later.index >= metadata.train_to + (1 + lookahead) * HOUR]
    if len(test) < MIN_TEST_ROWS:
        raise ModelRefused(
            "model_test_too_short",
            f"Only {len(test)} labelled rows follow the training window, which ends "
            f"{metadata.train_to:%Y-%m-%d %H:%M} and is purged by {lookahead} hours.",
            f"Leave at least {MIN_TEST_ROWS} rows of the dataset for the test.",
        )
    train = frame[(frame.index >= metadata.train_from) & (frame.index <= metadata.train_to)]
    return Split(train, test, len(later) - len(test))
