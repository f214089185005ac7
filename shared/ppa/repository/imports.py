"""Import batches, as the events of the table `imports` describe them."""

from collections.abc import Sequence

from ppa.core.contracts.imports import ImportBatch
from ppa.core.errors import BadInput, NotFound
from ppa.core.import_batches import batches_of
from ppa.core.times import utc
from ppa.platform import Platform
from ppa.repository.model_events import TICK
from ppa.storage.arrow import rows_table


def import_batches(platform: Platform) -> list[ImportBatch]:
    """Return all batches, oldest first, read from the warehouse."""
    return batches_of(platform.warehouse.query("imports").to_pylist())


def held_batches(platform: Platform) -> Sequence[ImportBatch]:
    """Return all batches, oldest first, from memory while no event has been added; for pages."""
    token = platform.warehouse.version_token("imports")
    return platform.cache.get("imports", lambda: import_batches(platform), token)


def find_batch(platform: Platform, batch_id: str) -> ImportBatch:
    """Return the batch with this identifier, or raise NotFound."""
    for batch in import_batches(platform):
        if batch.batch_id == batch_id:
            return batch
    raise NotFound(f"There is no import {batch_id!r}; `ppa data imports` lists all of them.")


def append_import_event(platform: Platform, batch_id: str, event: str, by: str, detail: str = "") -> None:
    """Append an event to a batch, after all that it has; raise BadInput without a user name."""
    if not by:
        raise BadInput("The user is empty; every event needs one for the audit log.")
    events = platform.warehouse.query("imports").to_pylist()
    last = max((utc(one["at"]) for one in events if one["batch_id"] == batch_id), default=None)
    now = platform.now()
    moment = now if last is None else max(now, last + TICK)
    row = {"batch_id": batch_id, "at": moment, "event": event, "by": by, "detail": detail}
    platform.warehouse.merge("imports", rows_table([row]))
