"""State of import batches, derived from their events.

A batch counts from `storing` on, since its observations are written in one transaction; it no longer counts from
`withdrawing` on. The later events say that the rows have been rebuilt.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
from msgspec import structs

from ppa.core.contracts.imports import BatchDescription, ImportBatch
from ppa.core.contracts.record import decoded
from ppa.core.times import utc

STORING, STORED, WITHDRAWING, WITHDRAWN = "storing", "stored", "withdrawing", "withdrawn"
PLAIN, REPLACE, KEEP, REVISION = "plain", "replace", "keep", "revision"


def batches_of(events: Iterable[Mapping[str, Any]]) -> list[ImportBatch]:
    """Fold the events of the table `imports`, oldest first, into batches, oldest first."""
    batches: dict[str, ImportBatch] = {}
    for event in events:
        name = event["batch_id"]
        if event["event"] == STORING:
            batches.setdefault(name, _begun(event))
        else:
            batches[name] = _after(batches[name], event)
    return sorted(batches.values(), key=lambda batch: (batch.at, batch.batch_id))


def batch_id_of(description: BatchDescription, batches: Sequence[ImportBatch]) -> str:
    """Return the identifier of a batch: that of an equal one that counts, else a new one."""
    name = f"{description.subject.lower()}-{_fingerprint(description)}"
    withdrawn = sum(1 for one in batches if not one.counted and _is_named(one, name))
    return f"{name}-{withdrawn + 1}" if withdrawn else name


def event_detail(description: BatchDescription, counts: Mapping[str, int]) -> str:
    """Return the detail of the event `storing`: the description as JSON, and what becomes of its values."""
    fields = {**structs.asdict(description), "counts": counts}
    return json.dumps(fields, default=lambda value: utc(value).isoformat())


def counts_sentence(batch: ImportBatch) -> str:
    """Return the numbers of the values of a batch by what became of them, or that it is withdrawn."""
    if not batch.counted:
        return f"{batch.batch_id} is withdrawn"
    counts = batch.counts
    more = [f"{counts[name]} {name}" for name in ("replaced", "ignored") if counts[name]]
    return ", ".join(
        [
            f"{counts['new']} new observations, {counts['revised']} revised, {counts['unchanged']} unchanged",
            *more,
        ]
    )


def _fingerprint(description: BatchDescription) -> str:
    """Hash of the content and of everything that changes what is stored of it."""
    fields = structs.asdict(description)
    kept = {name: fields[name] for name in fields if name not in ("file", "understood")}
    return hashlib.sha256(json.dumps(kept, default=str, sort_keys=True).encode()).hexdigest()[:8]


def _is_named(batch: ImportBatch, name: str) -> bool:
    return batch.batch_id == name or batch.batch_id.startswith(f"{name}-")


def _begun(event: Mapping[str, Any]) -> ImportBatch:
    fields = json.loads(event["detail"]) | {name: event[name] for name in ("batch_id", "by", "at")}
    return msgspec.convert(fields, ImportBatch, dec_hook=decoded)


def _after(batch: ImportBatch, event: Mapping[str, Any]) -> ImportBatch:
    kind = event["event"]
    if kind == STORED:
        # an interrupted import may be completed after the batch was withdrawn
        return batch if batch.ended_at is not None else structs.replace(batch, state=STORED)
    if kind == WITHDRAWN:
        return structs.replace(batch, state=WITHDRAWN)
    if batch.ended_at is not None:
        return batch
    ended = {"ended_at": utc(event["at"]), "ended_by": event["by"], "reason": event["detail"] or None}
    return structs.replace(batch, state=WITHDRAWING, **ended)
