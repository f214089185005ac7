"""Choose the feed from `PPA_SOURCE` and from the data stored already.

Synthetic and real data never share a warehouse: stored data decides, and a contradicting setting is an error.
"""

import logging
from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from datetime import timedelta

from ppa.core.catalogue import Catalogue
from ppa.core.errors import Conflict
from ppa.ops.clock import Clock
from ppa.ops.settings import Settings
from ppa.providers import alphavantage, coinbase, fred, polygon
from ppa.providers.feed import Feed
from ppa.providers.http import HttpSession, RetryPolicy
from ppa.providers.protocol import Provider, ProviderError
from ppa.providers.quota import FREE, CallLog, MemoryCallLog, Quota, QuotaGate
from ppa.providers.synthetic import SyntheticProvider

logger = logging.getLogger("ppa.providers")

NO_FEED = Feed("csv", {})
CLIENTS: Mapping[str, Callable[..., Provider]] = {
    "coinbase": coinbase.Coinbase,
    "fred": fred.Fred,
    "polygon": polygon.Polygon,
    "alphavantage": alphavantage.AlphaVantage,
}
KEYLESS = {"coinbase", "fred"}
# a job that runs every minute has a minute; a backfill can wait for a per-minute limit to pass
QUICK = RetryPolicy(connect=3.0, read=8.0, attempts=2, max_pause=2.0, max_wait=5.0)
PATIENT = RetryPolicy(max_wait=70.0)
# for a quick check that a provider responds at all
PROBE = RetryPolicy(connect=2.0, read=3.0, attempts=1)


def choose_feed(
    settings: Settings,
    catalogue: Catalogue,
    clock: Clock,
    stored: AbstractSet[str],
    call_log: CallLog | None = None,
) -> Feed:
    """Choose and open the feed; Conflict if the setting contradicts the data stored already.

    `stored` holds the kinds of source found in the warehouse; provider calls are recorded in `call_log`.
    """
    if "synthetic" in stored:
        if settings.source in ("csv", "real"):
            raise Conflict(_conflict_message(settings, "synthetic"))
        return _synthetic(settings, catalogue, clock)
    if stored and settings.source == "synthetic":
        raise Conflict(_conflict_message(settings, "real"))
    if settings.source == "csv" or (settings.source == "auto" and stored == {"csv"}):
        return NO_FEED
    real = settings.source == "real" or bool(stored)
    if real or (settings.source == "auto" and _any_provider_responds(settings, catalogue, clock)):
        return _real(settings, clock, call_log or MemoryCallLog())
    return _synthetic(settings, catalogue, clock)


def _synthetic(settings: Settings, catalogue: Catalogue, clock: Clock) -> Feed:
    provider = SyntheticProvider(catalogue, seed=settings.seed, clock=clock)
    return Feed("synthetic", {provider.name: provider})


def _real(settings: Settings, clock: Clock, call_log: CallLog) -> Feed:
    quota = Quota(FREE, call_log)
    quick, patient = (_providers(settings, clock, quota, retry_policy) for retry_policy in (QUICK, PATIENT))
    return Feed("real", quick, patient_providers=patient, quota=quota)


def _providers(
    settings: Settings, clock: Clock, quota: Quota, retry_policy: RetryPolicy
) -> Mapping[str, Provider]:
    gate = QuotaGate(quota, clock=clock, max_wait=timedelta(seconds=retry_policy.max_wait))
    session = HttpSession(clock=clock, gate=gate, retry_policy=retry_policy)
    names = [name for name in CLIENTS if name in KEYLESS or name in settings.keys]
    return {
        name: CLIENTS[name](
            **_address(settings, name), key=settings.keys.get(name), clock=clock, session=session
        )
        for name in names
    }


def _address(settings: Settings, name: str) -> dict[str, str]:
    return {"base_url": settings.base_urls[name]} if name in settings.base_urls else {}


def _any_provider_responds(settings: Settings, catalogue: Catalogue, clock: Clock) -> bool:
    providers = _providers(settings, clock, Quota(FREE, MemoryCallLog()), PROBE)
    try:
        return bool(Feed("real", providers).quotes(list(catalogue.assets.values())))
    except ProviderError as error:
        logger.info("no real provider responds: %s", error)
        return False


def _conflict_message(settings: Settings, kind: str) -> str:
    return (
        f"PPA_SOURCE is {settings.source!r}, but {settings.home} holds {kind} data, which is never mixed with it. "
        "Unset PPA_SOURCE, or set PPA_HOME to another folder."
    )
