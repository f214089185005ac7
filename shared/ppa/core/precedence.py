"""Precedence: which of the delivered observations count.

Everything delivered is stored. What counts is a pure function of it and of the batches, so that a withdrawn batch
leaves exactly what there would be if it had never come:

1. A withdrawn batch does not count, nor do values that a counting batch with the mode `replace` voids: those of its
   source and series, within its span, that came before it.
2. Of the rest, the source or batch whose value of a period came first has the period; others only fill gaps.
3. Values imported as a revision also count where the period belongs to their own source.

Providers never revise each other, which is decided when their values are stored, so all of them are one owner here.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ppa.core.contracts.imports import ImportBatch
from ppa.core.import_batches import REPLACE
from ppa.core.observations import PERIOD, REVISED

Mask = NDArray[np.bool_]


def counting(rows: pd.DataFrame, batches: Sequence[ImportBatch]) -> Mask:
    """Return a mask of the rows that count.

    `rows` holds every stored row of the periods concerned, with the columns series, event_time, source, basis,
    ingested_at and batch (null for providers).
    """
    owner = rows["batch"].fillna("")
    present = np.asarray(~owner.isin([batch.batch_id for batch in batches if not batch.counted]))
    for batch in batches:
        if batch.counted and batch.mode == REPLACE:
            present = present & ~_voided_by(rows, owner, batch, batches)
    return present & _owned(rows, owner, present)


def _voided_by(
    rows: pd.DataFrame, owner: "pd.Series[str]", by: ImportBatch, batches: Sequence[ImportBatch]
) -> Mask:
    older = [one.batch_id for one in batches if (one.at, one.batch_id) < (by.at, by.batch_id)]
    before = owner.isin(older) | ((owner == "") & (rows["ingested_at"] < by.at))
    within = rows["event_time"].between(by.first, by.last)
    same = (rows["source"] == by.source) & rows["series"].isin(by.series)
    return np.asarray(before & within & same)


def _owned(rows: pd.DataFrame, owner: "pd.Series[str]", present: Mask) -> Mask:
    """Return a mask of the rows whose period belongs to their owner, or that revise a value of their own source."""
    revising = np.asarray(rows["basis"] == REVISED)
    candidates = rows.assign(owner=owner)[present & ~revising]
    first = (
        candidates.sort_values(["ingested_at", "owner"], kind="stable")
        .drop_duplicates(PERIOD)
        .set_index(PERIOD)[["owner", "source"]]
        .reindex(pd.MultiIndex.from_frame(rows[PERIOD]))
    )
    own: Mask = np.asarray(first["owner"].to_numpy() == owner.to_numpy(), dtype=bool)
    same = np.asarray(first["source"].to_numpy() == rows["source"].to_numpy(), dtype=bool)
    counts: Mask = own | (revising & same)
    return counts
