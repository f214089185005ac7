"""Events of models: an append-only table from which `sql/models.sql` derives the current state."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from ppa.core.errors import BadInput, Conflict
from ppa.platform import Platform
from ppa.storage.arrow import rows_table

UPLOADED = "uploaded"  # not stored, as the row of `models` records it
ACTIVATED, DEACTIVATED = "activated", "deactivated"
ALIAS_SET, ALIAS_REMOVED, ALIAS_RESTORED = "alias_set", "alias_removed", "alias_restored"
TAGS_SET, NOTES_SET, EXPIRY_SET = "tags_set", "notes_set", "expiry_set"
CONVERTED = "converted"  # to a program, long after the upload

_MAX_ATTEMPTS = 20
# minimum distance between two events
TICK = pd.Timedelta(microseconds=1)


def append_event(
    platform: Platform,
    model_id: str,
    event: str,
    by: str,
    detail: str = "",
    *,
    at: pd.Timestamp | None = None,
) -> None:
    """Append one event; simultaneous events are stored a microsecond apart.

    Raises BadInput without a user name, and Conflict if too many events share one moment.
    """
    if not by:
        raise BadInput("The user is empty; every event needs one for the audit log.")
    moment = at if at is not None else platform.now()
    for _ in range(_MAX_ATTEMPTS):
        row = {"model_id": model_id, "at": moment, "event": event, "by": by, "detail": detail}
        if platform.warehouse.merge("model_events", rows_table([row])):
            return
        moment += TICK
    raise Conflict(f"Too many simultaneous changes to {model_id}; try again.")


def events(platform: Platform, *, model_id: str = "", label_id: str = "") -> list[Mapping[str, Any]]:
    """Return the stored events of one model, or of all models of one label, oldest first."""
    table = platform.warehouse.query("model_events", one_model=model_id, one_label=label_id)
    return list(table.to_pylist())
