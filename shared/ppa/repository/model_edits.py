"""What may be changed about a registered model: its notes, its tags, and when it expires. Each is an event."""

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


def edit_model(platform: Platform, model_id: str, wanted: Mapping[str, Any], by: str) -> RegisteredModel:
    """Set `notes`, `tags` or `expires_after_days` (counted from now, None: never), all of them or none.

    Repeating it changes nothing, but for an expiry, which is counted anew.
    """
    model = find_model(platform, model_id)
    unknown = wanted.keys() - {"notes", "tags", "expires_after_days"}
    if unknown or not wanted:
        raise BadInput("Of a model, notes, tags and expires_after_days can be changed, and nothing else.")
    for event, detail in list(_changes(model, wanted, platform.now())):
        append_event(platform, model_id, event, by, detail)
    return find_model(platform, model_id)


def _changes(
    model: RegisteredModel, wanted: Mapping[str, Any], now: pd.Timestamp
) -> Iterator[tuple[str, str]]:
    """The events that are due, as (event, detail)."""
    if "notes" in wanted and (notes := check_notes(wanted["notes"])) != model.notes:
        yield NOTES_SET, notes
    if "tags" in wanted and (tags := check_tags(wanted["tags"])) != model.tags:
        yield TAGS_SET, json.dumps(tags)
    if "expires_after_days" in wanted:
        moment = expiry_after(now, wanted["expires_after_days"])
        yield EXPIRY_SET, moment.isoformat() if moment is not None else ""


def expiry_after(since: pd.Timestamp, days: int | None) -> pd.Timestamp | None:
    """The moment that many days later; None for None."""
    if days is None:
        return None
    if isinstance(days, bool) or not isinstance(days, int) or not 1 <= days <= MAX_DAYS:
        raise BadInput(f"expires_after_days is {days!r}; give a whole number from 1 to {MAX_DAYS}, or null.")
    return since + pd.Timedelta(days=days)


def check_tags(tags: Sequence[str]) -> list[str]:
    """Tags without repetition, in their order; BadInput where one is no short plain word."""
    if not isinstance(tags, list | tuple) or not all(isinstance(tag, str) for tag in tags):
        raise BadInput("Tags must be a list of texts.")
    bad = [tag for tag in tags if not TAG.fullmatch(tag)]
    if bad:
        raise BadInput(
            f"The tag {bad[0][:40]!r} cannot be used: give up to 32 lower-case letters, digits and . _ = - ."
        )
    if len(tags) > MAX_TAGS:
        raise BadInput(f"There are {len(tags)} tags; give at most {MAX_TAGS}.")
    return list(dict.fromkeys(tags))


def check_notes(notes: str) -> str:
    """Notes without space around them; BadInput where they are no text or too long."""
    if not isinstance(notes, str) or len(notes) > MAX_NOTES_LENGTH:
        raise BadInput(f"Notes must be a text of at most {MAX_NOTES_LENGTH:,} characters.")
    return notes.strip()
