"""What is done with models: an event a row, append-only. `sql/models.sql` reads the newest as the state."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from ppa.core.errors import BadInput, Conflict
from ppa.platform import Platform
from ppa.storage.arrow import rows_table

UPLOADED = "uploaded"  # not stored: the row of `models` says it
ACTIVATED, DEACTIVATED = "activated", "deactivated"
ALIAS_SET, ALIAS_REMOVED, ALIAS_RESTORED = "alias_set", "alias_removed", "alias_restored"
TAGS_SET, NOTES_SET, EXPIRY_SET = "tags_set", "notes_set", "expiry_set"

_MAX_RIVALS = 20
# how far apart two events are at least
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
    """Write one event down; two that meet in one moment both stay, a microsecond apart."""
    if not by:
        raise BadInput("Say who does this: an event without a name cannot be audited.")
    moment = at if at is not None else platform.now()
    for _ in range(_MAX_RIVALS):
        row = {"model_id": model_id, "at": moment, "event": event, "by": by, "detail": detail}
        if platform.warehouse.merge("model_events", rows_table([row])):
            return
        moment += TICK
    raise Conflict(f"Too much happens to {model_id} at this moment; try again.")


def events(platform: Platform, *, model_id: str = "", label_id: str = "") -> list[Mapping[str, Any]]:
    """Stored events of one model, or of the models of one label, oldest first."""
    found = platform.warehouse.query("model_events", one_model=model_id, one_label=label_id)
    return list(found.to_pylist())
