"""Parity check: recompute past rows and feature vectors, and compare them with the stored ones bit for bit."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ppa.core.features.rows import row_hashes
from ppa.core.origins import ORIGINS
from ppa.core.times import hours_between
from ppa.platform import Platform
from ppa.repository.close_mismatches import serious_mismatches
from ppa.repository.models import RegisteredModel, list_models
from ppa.repository.predictions import predictions
from ppa.repository.rows import CHUNK, make_rows, stored_rows
from ppa.repository.withdrawn_data import former_vectors


@dataclass(frozen=True)
class Difference:
    """An hour whose stored values differ from those recomputed from the observations."""

    hour: pd.Timestamp
    what: str
    columns: tuple[str, ...]


@dataclass(frozen=True)
class Parity:
    """Number of rows and feature vectors compared, with the differences between them.

    `withdrawn` are the predictions whose vector differs because it was made on data that has been withdrawn or replaced
    since; `warnings` name assets whose closes in the rows are not those that labels use, `acknowledged` those that a
    person has accepted.
    """

    rows: int
    vectors: int
    differences: tuple[Difference, ...]
    withdrawn: tuple[Difference, ...] = ()
    warnings: tuple[str, ...] = ()
    acknowledged: tuple[str, ...] = ()


def verify_parity(platform: Platform, since: pd.Timestamp, until: pd.Timestamp) -> Parity:
    """Recompute the rows of [since, until) and compare them with the cache and with the stored hash of every vector.

    All predictions from rows of the current catalogue version are checked.
    """
    rows, vectors, differences, withdrawn = 0, 0, list[Difference](), list[Difference]()
    models = [m for m in list_models(platform) if set(m.features) <= set(platform.catalogue.feature_names)]
    start = since
    while start < until:
        end = min(start + CHUNK, until)
        stored = stored_rows(platform, start, end)
        hashes = [(model, _stored_vectors(platform, model, start, end)) for model in models]
        counted = sum(len(one) for _, one in hashes)
        if len(stored) or counted:
            recomputed = make_rows(platform, hours_between(start, end))
            differences += _row_differences(stored, recomputed)
            for model, one in hashes:
                apart, former = _vector_differences(platform, model, one, recomputed)
                differences += apart
                withdrawn += former
        rows, vectors, start = rows + len(stored), vectors + counted, end
    mismatches = list(serious_mismatches(platform, list(platform.catalogue.assets), since, until))
    warnings = tuple(one.sentence for one in mismatches if one.acknowledgement is None)
    acknowledged = tuple(one.sentence for one in mismatches if one.acknowledgement is not None)
    return Parity(rows, vectors, tuple(differences), tuple(withdrawn), warnings, acknowledged)


def _row_differences(stored: pd.DataFrame, recomputed: pd.DataFrame) -> Iterator[Difference]:
    values, again = stored.drop(columns="row_hash"), recomputed.reindex(stored.index)
    differs = (values != again) & ~(values.isna() & again.isna())
    altered = (stored["row_hash"] != row_hashes(again)) | differs.any(axis=1)
    for hour in stored.index[altered]:
        yield Difference(hour, "row", tuple(differs.columns[differs.loc[hour]]))


def _stored_vectors(
    platform: Platform, model: RegisteredModel, since: pd.Timestamp, until: pd.Timestamp
) -> "pd.Series[str]":
    stored = predictions(platform, [model], ORIGINS, since=since, until=until)
    current = stored[stored["catalogue_version"] == platform.catalogue.version]
    return pd.Series(current["feature_hash"].to_numpy(), index=pd.DatetimeIndex(current["ts"]))


def _vector_differences(
    platform: Platform, model: RegisteredModel, hashes: "pd.Series[str]", recomputed: pd.DataFrame
) -> tuple[list[Difference], list[Difference]]:
    """Return the vectors that differ, and apart from them those that were made on withdrawn data."""
    again = np.asarray(row_hashes(recomputed.loc[hashes.index, model.features]))
    apart = hashes[again != hashes.to_numpy()]
    hours = pd.DatetimeIndex(apart.index)
    former = former_vectors(platform, model.features, hours, apart.to_numpy())
    named = [Difference(hour, f"vector of {model.model_id}", ()) for hour in hours]
    return (
        [one for one, explained in zip(named, former, strict=True) if not explained],
        [one for one, explained in zip(named, former, strict=True) if explained],
    )
