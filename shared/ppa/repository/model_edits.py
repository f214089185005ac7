"""Edit notes, tags and expiry of a registered model; every change is an event."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from ppa.core.errors import BadInput
from ppa.platform import Platform
from ppa.repository.model_events import EXPIRY_SET, NOTES_SET, TAGS_SET, append_event
from ppa.repository.models import RegisteredModel, find_model

TAG = re.compile(r"[a-z0-9][a-z0-9._=-]{0,31}")
MAX_TAGS, MAX_NOTES_LENGTH, MAX_DAYS = 20, 4_000, 3_650


def edit_model(platform: Platform, model_id: str, changes: Mapping[str, Any], by: str) -> RegisteredModel:
    """Set `notes`, `tags` or `expires_after_days` (days from now, None for never); all changes or none are applied.

    Idempotent, except that the days to expiry are counted from now. Raises BadInput for other keys or bad values.
    """
    model = find_model(platform, model_id)
    unknown = changes.keys() - {"notes", "tags", "expires_after_days"}
    if unknown or not changes:
        raise BadInput("Only notes, tags and expires_after_days of a model can be changed.")
    for event, detail in list(_events(model, changes, platform.now())):
        append_event(platform, model_id, event, by, detail)
    return find_model(platform, model_id)


def _events(
    model: RegisteredModel, changes: Mapping[str, Any], now: pd.Timestamp
) -> Iterator[tuple[str, str]]:
    """Yield the events to append, as (event, detail)."""
    if "notes" in changes and (notes := check_notes(changes["notes"])) != model.notes:
        yield NOTES_SET, notes
    if "tags" in changes and (tags := check_tags(changes["tags"])) != model.tags:
        yield TAGS_SET, json.dumps(tags)
    if "expires_after_days" in changes:
        moment = expiry_after(now, changes["expires_after_days"])
        yield EXPIRY_SET, moment.isoformat() if moment is not None else ""


def expiry_after(since: pd.Timestamp, days: int | None) -> pd.Timestamp | None:
    """Return the time `days` after `since`, or None if `days` is None; raise BadInput if it is out of range."""
    if days is None:
        return None
    if isinstance(days, bool) or not isinstance(days, int) or not 1 <= days <= MAX_DAYS:
        raise BadInput(f"expires_after_days is {days!r}; give a whole number from 1 to {MAX_DAYS}, or null.")
    return since + pd.Timedelta(days=days)


def check_tags(tags: Sequence[str]) -> list[str]:
    """Return the tags without duplicates, in order; raise BadInput if one is invalid."""
    if not isinstance(tags, list | tuple) or not all(isinstance(tag, str) for tag in tags):
        raise BadInput("Tags must be a list of strings.")
    bad = [tag for tag in tags if not TAG.fullmatch(tag)]
    if bad:
        raise BadInput(
            f"The tag {bad[0][:40]!r} is invalid; use up to 32 lower-case letters, digits and . _ = - ."
        )
    if len(tags) > MAX_TAGS:
        raise BadInput(f"There are {len(tags)} tags; give at most {MAX_TAGS}.")
    return list(dict.fromkeys(tags))


def check_notes(notes: str) -> str:
    """Return the notes without surrounding whitespace; raise BadInput if they are not a string or too long."""
    if not isinstance(notes, str) or len(notes) > MAX_NOTES_LENGTH:
        raise BadInput(f"Notes must be a string of at most {MAX_NOTES_LENGTH:,} characters.")
    return notes.strip()
