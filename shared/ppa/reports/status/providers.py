"""State of the providers: calls used and planned, next free call, and latest failure."""

from collections.abc import Mapping, Sequence

import pandas as pd

from ppa.core.times import utc
from ppa.platform import Platform
from ppa.providers.call_plan import ProviderPlan, plan, refreshes
from ppa.providers.quota import FREE
from ppa.repository.series_coverage import series_status


def providers(
    platform: Platform, stored: pd.DataFrame, failures: Mapping[str, str]
) -> list[dict[str, object]]:
    """State of each provider in use; `failures` maps requests to their latest error messages."""
    quota, now = platform.feed.quota, platform.now().to_pydatetime()
    if quota is None:
        return []
    plans = {one.provider: one for one in _plan(platform, stored)}
    return [
        {
            **vars(quota.usage(name, now)),
            "needed": plans[name].needed if name in plans else None,
            "postponed": len(plans[name].postponed) if name in plans else 0,
            "failure": _words_of(name, failures),
        }
        for name in platform.feed.providers
    ]


def data_plan(platform: Platform) -> Sequence[ProviderPlan]:
    """Plan of each provider's calls for the daily and slower series."""
    return _plan(platform, series_status(platform)) if platform.feed.quota else []


def _plan(platform: Platform, stored: pd.DataFrame) -> Sequence[ProviderPlan]:
    quota, now = platform.feed.quota, platform.now().to_pydatetime()
    if quota is None:
        return []
    last = {str(name): utc(at).to_pydatetime() for name, at in stored["newest_ingested_at"].items()}
    used = {name: quota.used(name, now) for name in platform.feed.providers}
    return plan(refreshes(platform.catalogue, list(platform.feed.providers), last), FREE, now, used)


def _words_of(provider: str, failures: Mapping[str, str]) -> str | None:
    """First failure of the provider: error messages begin with the provider's name."""
    parts = [part for words in failures.values() for part in words.split("; ")]
    return next((part for part in parts if part.startswith(provider)), None)
