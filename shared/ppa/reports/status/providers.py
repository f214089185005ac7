"""Providers: calls used and planned of those allowed, when one is free, and what they said when they failed."""

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
    """Each provider in use; `failures` are the latest ones by what was asked for, in the sources' words."""
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
    """What bringing the slow series up to date takes of each provider, by the catalogue and the keys there are."""
    return _plan(platform, series_status(platform)) if platform.feed.quota else []


def _plan(platform: Platform, stored: pd.DataFrame) -> Sequence[ProviderPlan]:
    quota, now = platform.feed.quota, platform.now().to_pydatetime()
    if quota is None:
        return []
    last = {str(name): utc(at).to_pydatetime() for name, at in stored["newest_ingested_at"].items()}
    used = {name: quota.used(name, now) for name in platform.feed.providers}
    return plan(refreshes(platform.catalogue, list(platform.feed.providers), last), FREE, now, used)


def _words_of(provider: str, failures: Mapping[str, str]) -> str | None:
    """The first failure that names the provider: errors of a source begin with its name."""
    parts = [part for words in failures.values() for part in words.split("; ")]
    return next((part for part in parts if part.startswith(provider)), None)
