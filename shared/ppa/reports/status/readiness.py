"""Readiness probe: the warehouse responds, and its rows are recent."""

import pandas as pd

from ppa.core.features.rows import last_closed_hour
from ppa.platform import Platform
from ppa.repository.rows import built_rows

OLDEST = pd.Timedelta(hours=3)


def readiness(platform: Platform) -> dict[str, object]:
    """Readiness as `status`: ok, empty, or stale if rows lag three hours behind a live feed."""
    rows, closed = built_rows(platform), last_closed_hour(platform.now(), platform.catalogue)
    built = None if rows is None else rows.last
    stale = built is not None and platform.feed.live and closed - built > OLDEST
    state = "empty" if built is None else "stale" if stale else "ok"
    return {"status": state, "last_hour": built, "last_closed_hour": closed}
