"""Proof that training and serving see the same numbers: past rows and vectors made again and compared, bit for bit."""

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
    """An hour whose stored numbers are not those that its observations give."""

    hour: pd.Timestamp
    what: str
    columns: tuple[str, ...]


@dataclass(frozen=True)
class Parity:
    """How many rows and prediction vectors were compared, and where they differ."""

    rows: int
    vectors: int
    differences: tuple[Difference, ...]


def verify_parity(platform: Platform, since: pd.Timestamp, until: pd.Timestamp) -> Parity:
    """Make the rows of [since, until) again and compare them with the cache and with every stored vector's hash.

    Vectors are those of all answers from rows of the present catalogue, whichever a model was trained on.
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
            made = make_rows(platform, hours_between(start, end))
            differences += _row_differences(stored, made)
            for model, one in hashes:
                differences += _vector_differences(model, one, made)
        rows, vectors, start = rows + len(stored), vectors + counted, end
    return Parity(rows, vectors, tuple(differences))


def _row_differences(stored: pd.DataFrame, made: pd.DataFrame) -> Iterator[Difference]:
    values, again = stored.drop(columns="row_hash"), made.reindex(stored.index)
    differs = (values != again) & ~(values.isna() & again.isna())
    altered = (stored["row_hash"] != row_hashes(again)) | differs.any(axis=1)
    for hour in stored.index[altered]:
        yield Difference(hour, "row", tuple(differs.columns[differs.loc[hour]]))


def _stored_vectors(
    platform: Platform, model: RegisteredModel, since: pd.Timestamp, until: pd.Timestamp
) -> "pd.Series[str]":
    answers = predictions(platform, [model], ORIGINS, since=since, until=until)
    given = answers[answers["catalogue_version"] == platform.catalogue.version]
    return pd.Series(given["feature_hash"].to_numpy(), index=pd.DatetimeIndex(given["ts"]))


def _vector_differences(
    model: RegisteredModel, hashes: "pd.Series[str]", made: pd.DataFrame
) -> Iterator[Difference]:
    again = row_hashes(made.loc[hashes.index, model.features])
    for hour, kept, hashed in zip(hashes.index, hashes, again, strict=True):
        if kept != hashed:
            yield Difference(hour, f"vector of {model.model_id}", ())
