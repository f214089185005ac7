"""Log late series: series whose newest value is older than their cadence and publication lag allow."""

import logging

import pandas as pd

from ppa.platform import Platform
from ppa.repository.late_series import late_series

logger = logging.getLogger("ppa.jobs")


def log_late(platform: Platform) -> None:
    """Log a warning for every late series; terraform/monitoring.tf alerts on these events."""
    for name, age in late_series(platform) if platform.feed.live else ():
        late = {"series": name, "age_hours": round(age / pd.Timedelta(hours=1), 2)}
        fields = {"event": "stale_feature"} | late
        logger.warning("series %s is late: %s hours old", *late.values(), extra={"fields": fields})
