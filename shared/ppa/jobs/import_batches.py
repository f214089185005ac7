"""Store and withdraw import batches; both can be interrupted at any point and are completed by doing them again."""

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd
from msgspec import structs

from ppa.core.contracts.imports import BatchDescription, ImportBatch
from ppa.core.errors import Conflict
from ppa.core.import_batches import (
    KEEP,
    PLAIN,
    REPLACE,
    REVISION,
    STORED,
    STORING,
    WITHDRAWING,
    WITHDRAWN,
    batch_id_of,
    event_detail,
)
from ppa.core.observations import PERIOD, imported_observations
from ppa.jobs.backfill import Progress, build_progress
from ppa.jobs.observation_writer import followed, write_counting
from ppa.platform import Platform
from ppa.repository.imports import append_import_event, find_batch, import_batches
from ppa.repository.observations import delivered_observations

# values of two files that were summed in another order differ by less
SAME = 1e-9
_BECOME = {REVISION: "revised", REPLACE: "replaced", KEEP: "ignored", PLAIN: "ignored"}


class Contradiction(Conflict):
    """An import states other values than those stored of its source."""

    code = "import_contradicts"


@dataclass(frozen=True)
class Overlap:
    """Values of an import whose period is filled already.

    `same` and `different` count those of its own source, `other` those of other sources. `largest` is the largest
    relative difference of those that are not volumes, `first` and `last` are the periods that differ, `batches` the
    imports that state them.
    """

    same: int
    different: int
    other: int
    largest: float
    first: pd.Timestamp | None
    last: pd.Timestamp | None
    batches: tuple[str, ...]


def store_batch(
    platform: Platform, description: BatchDescription, values: pd.DataFrame, by: str
) -> Iterator[Progress | ImportBatch]:
    """Store the values of an import as a batch and build rows; yields progress, and the batch at the end.

    `values` are a frame with OBSERVATION_COLUMNS. An equal batch is stored once. Raises Contradiction, and stores
    nothing, if a batch without a mode states other values than those stored of its source.
    """
    batches = import_batches(platform)
    batch_id = batch_id_of(description, batches)
    batch = next((one for one in batches if one.batch_id == batch_id), None)
    if batch is not None and batch.complete:
        yield from build_progress(platform, None)
        yield structs.replace(batch, counts={**dict.fromkeys(batch.counts, 0), "unchanged": len(values)})
        return
    yield from _store(platform, batch_id, description, values, batch.by if batch else by)
    yield find_batch(platform, batch_id)


def withdraw_batch(
    platform: Platform, batch_id: str, by: str, reason: str = ""
) -> Iterator[Progress | ImportBatch]:
    """Withdraw a batch, so that its values count nowhere; yields progress, and the batch at the end. Idempotent."""
    batch = find_batch(platform, batch_id)
    if batch.state == WITHDRAWN:
        yield batch
        return
    yield Progress("withdrawing", 0, 1)
    if batch.counted:
        append_import_event(platform, batch_id, WITHDRAWING, by, reason)
    stored = _stored(platform, batch)
    written = write_counting(platform, stored, stored.iloc[:0], import_batches(platform))
    concerned = pd.concat([stored.loc[stored["batch"] == batch_id, "known_at"], written["known_at"]])
    yield from build_progress(platform, concerned.min() if len(concerned) else None)
    append_import_event(platform, batch_id, WITHDRAWN, by)
    yield find_batch(platform, batch_id)


def finish_withdrawals(platform: Platform) -> int:
    """Complete the withdrawals that were interrupted; return their number."""
    begun = [batch for batch in import_batches(platform) if batch.state == WITHDRAWING]
    for batch in begun:
        for _ in withdraw_batch(platform, batch.batch_id, batch.ended_by or batch.by):
            pass
    return len(begun)


def overlap(
    platform: Platform, description: BatchDescription, values: pd.DataFrame, *, without: str = ""
) -> Overlap:
    """Compare the values of an import with those that count now, except those of the batch `without`."""
    return _overlap(_counting(_stored(platform, description), without), values, description.source)


def _store(
    platform: Platform, batch_id: str, description: BatchDescription, values: pd.DataFrame, by: str
) -> Iterator[Progress]:
    yield Progress("storing", 0, 1)
    stored = _stored(platform, description)
    overlapping = _overlap(_counting(stored, batch_id), values, description.source)
    if overlapping.different and description.mode == PLAIN:
        raise contradiction(description, overlapping)
    counts = _counts(overlapping, len(values), description)
    append_import_event(platform, batch_id, STORING, by, event_detail(description, counts))
    batch = find_batch(platform, batch_id)
    rows = imported_observations(
        values,
        catalogue=platform.catalogue,
        followed_since=followed(platform, sorted(values["series"].unique())),
        now=batch.at,
        as_revision=description.mode == REVISION,
    )
    batches = import_batches(platform)
    written = write_counting(platform, stored, rows.assign(batch=batch_id), batches)
    concerned = pd.concat([stored.loc[stored["batch"] == batch_id, "known_at"], written["known_at"]])
    yield from build_progress(platform, concerned.min() if len(concerned) else None)
    append_import_event(platform, batch_id, STORED, by)


def _stored(platform: Platform, description: BatchDescription) -> pd.DataFrame:
    until = pd.Timestamp(description.last) + pd.Timedelta(microseconds=1)
    return delivered_observations(platform, description.series, pd.Timestamp(description.first), until)


def _counting(stored: pd.DataFrame, without: str) -> pd.DataFrame:
    """Return the newest value of each period that counts, with its batch."""
    counted = stored[stored["counted"].ne(False) & (stored["batch"].fillna("") != without)]
    return counted.sort_values("known_at").drop_duplicates(PERIOD, keep="last")


def _overlap(counted: pd.DataFrame, values: pd.DataFrame, source: str) -> Overlap:
    # a file may state several vintages of a period, of which the newest is compared
    newest = values.sort_values("known_at", na_position="first").drop_duplicates(PERIOD, keep="last")
    both = newest[[*PERIOD, "value"]].merge(counted, on=PERIOD, suffixes=("", "_stored"))
    own = both[both["source"] == source]
    apart = (own["value"] / own["value_stored"] - 1).abs().where(own["value_stored"] != 0, own["value"].abs())
    differing, prices = own[apart > SAME], apart[~own["series"].str.endswith("_volume")]
    return Overlap(
        same=len(own) - len(differing),
        different=len(differing),
        other=len(both) - len(own),
        largest=float(prices.max()) if len(prices) else 0.0,
        first=differing["event_time"].min() if len(differing) else None,
        last=differing["event_time"].max() if len(differing) else None,
        batches=tuple(sorted(differing["batch"].dropna().unique())),
    )


def contradiction(description: BatchDescription, overlapping: Overlap) -> Contradiction:
    """Return the refusal of an import that states other values than those stored of its source."""
    batches, compared = overlapping.batches, overlapping.same + overlapping.different
    stated_by = f", imported as {', '.join(batches)}" if batches else ""
    withdraw = f"withdraw the older file: `ppa data withdraw {batches[0]}`" if batches else ""
    return Contradiction(
        f"{description.file} contradicts what is stored: {overlapping.different:,} of {compared:,} values differ from "
        f"those of the source {description.source}{stated_by}, from {overlapping.first:%Y-%m-%d %H:%M} to "
        f"{overlapping.last:%Y-%m-%d %H:%M}, by up to {overlapping.largest:.1%}; nothing was stored.",
        f"If the older values are wrong, {withdraw or 'take this file for its hours with --replace'}; otherwise "
        "repeat with --replace (this file counts for its hours), --keep (it only fills gaps), --as-revision (it is "
        "known from now on) or --source NAME (it is another exchange's).",
    )


def _counts(overlapping: Overlap, values: int, description: BatchDescription) -> dict[str, int]:
    """Return the numbers of values by what becomes of them; those of a period that another source fills are ignored."""
    counts = {
        "new": values - overlapping.same - overlapping.different - overlapping.other,
        "unchanged": overlapping.same,
    }
    counts |= {"revised": 0, "replaced": 0, "ignored": overlapping.other}
    counts[_BECOME[description.mode]] += overlapping.different
    return counts
