"""Edit notes, tags and expiry of a registered model; every change is an event."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import pandas as pd

from ppa.core.contracts.changes import ModelChanges
from ppa.platform import Platform
from ppa.repository.model_events import EXPIRY_SET, NOTES_SET, TAGS_SET, append_event
from ppa.repository.models import RegisteredModel, find_model


def edit_model(platform: Platform, model_id: str, changes: ModelChanges, by: str) -> RegisteredModel:
    """Apply changes of notes, tags and expiry (days from now, None for never).

    Idempotent, except that the days to expiry are counted from now. Raises NotFound for an unknown model.
    """
    model = find_model(platform, model_id)
    for event, detail in _events(model, changes.given(), platform.now()):
        append_event(platform, model_id, event, by, detail)
    return find_model(platform, model_id)


def _events(
    model: RegisteredModel, changes: Mapping[str, Any], now: pd.Timestamp
) -> Iterator[tuple[str, str]]:
    """Yield the events to append, as (event, detail)."""
    if "notes" in changes and (notes := changes["notes"].strip()) != model.notes:
        yield NOTES_SET, notes
    if "tags" in changes and (tags := distinct_tags(changes["tags"])) != model.tags:
        yield TAGS_SET, json.dumps(tags)
    if "expires_after_days" in changes:
        moment = expiry_after(now, changes["expires_after_days"])
        yield EXPIRY_SET, moment.isoformat() if moment is not None else ""


def expiry_after(since: pd.Timestamp, days: int | None) -> pd.Timestamp | None:
    """Return the time `days` after `since`, or None if `days` is None."""
    return None if days is None else since + pd.Timedelta(days=days)


def distinct_tags(tags: Iterable[str]) -> list[str]:
    """Return the tags without duplicates, in order."""
    return list(dict.fromkeys(tags))
