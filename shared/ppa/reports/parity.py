"""Parity check: recompute past rows and feature vectors, and compare them with the stored ones bit for bit."""

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from ppa.core.features.rows import row_hashes
from ppa.core.origins import ORIGINS
from ppa.core.times import hours_between
from ppa.platform import Platform
from ppa.repository.models import RegisteredModel, list_models
from ppa.repository.predictions import predictions
from ppa.repository.rows import CHUNK, make_rows, stored_rows


@dataclass(frozen=True)
class Difference:
    """An hour whose stored values differ from those recomputed from the observations."""

    hour: pd.Timestamp
    what: str
    columns: tuple[str, ...]


@dataclass(frozen=True)
class Parity:
    """Number of rows and feature vectors compared, with the differences between them."""

    rows: int
    vectors: int
    differences: tuple[Difference, ...]


def verify_parity(platform: Platform, since: pd.Timestamp, until: pd.Timestamp) -> Parity:
    """Recompute the rows of [since, until) and compare them with the cache and with the stored hash of every vector.

    All predictions from rows of the current catalogue version are checked.
    """
    rows, vectors, differences = 0, 0, list[Difference]()
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
                differences += _vector_differences(model, one, recomputed)
        rows, vectors, start = rows + len(stored), vectors + counted, end
    return Parity(rows, vectors, tuple(differences))


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
    model: RegisteredModel, hashes: "pd.Series[str]", recomputed: pd.DataFrame
) -> Iterator[Difference]:
    again = row_hashes(recomputed.loc[hashes.index, model.features])
    for hour, kept, hashed in zip(hashes.index, hashes, again, strict=True):
        if kept != hashed:
            yield Difference(hour, f"vector of {model.model_id}", ())
