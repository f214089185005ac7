"""BigQuery cost of the current month: bytes billed by job, and their price."""

from calendar import monthrange
from collections.abc import Mapping

import pandas as pd

from ppa.platform import Platform
from ppa.reports.cloud_prices import free_query_bytes, prices, query_usd

DAY = pd.Timedelta(days=1)


def cost(platform: Platform, month: pd.DataFrame) -> Mapping[str, object]:
    """Bytes billed and US dollars since the start of the month (UTC), and at this pace by its end; lower bounds.

    `month` is the result of `runs_since`. Queries of the pages are counted since this process started; those of other
    and earlier instances of the service are not included.
    """
    now, pages = platform.now(), platform.warehouse.bytes_billed()
    by_job = {str(job): int(billed) for job, billed in zip(month["job"], month["bytes_billed"], strict=True)}
    billed = sum(by_job.values()) + pages
    # the pace is computed over at least one day
    elapsed = max(now - month_start(now), DAY) / (monthrange(now.year, now.month)[1] * DAY)
    return {
        "month": f"{now:%Y-%m}",
        "bytes_billed": billed,
        "by_job": by_job,
        "by_pages": pages,
        "free_bytes": free_query_bytes(),
        "usd": round(query_usd(billed), 4),
        "usd_at_this_pace": round(query_usd(billed / elapsed), 2),
        "budget_usd": platform.settings.budget,
        "prices_as_of": prices()["as_of"],
    }


def month_start(now: pd.Timestamp) -> pd.Timestamp:
    """Start of the month of `now`, in UTC."""
    return now.normalize().replace(day=1)
