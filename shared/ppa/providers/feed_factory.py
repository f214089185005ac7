"""Where numbers come from, by `PPA_SOURCE` and by what is stored already.

Synthetic and real numbers never share a warehouse: what is stored decides, and a setting that
contradicts it is refused.
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
from ppa.providers.http import HttpSession, Patience
from ppa.providers.protocol import Provider, ProviderError
from ppa.providers.quota import FREE, CallLog, MemoryCallLog, Quota, QuotaGate
from ppa.providers.synthetic import SyntheticProvider

logger = logging.getLogger("ppa.providers")

NOTHING = Feed("csv", {})
CLIENTS: Mapping[str, Callable[..., Provider]] = {
    "coinbase": coinbase.Coinbase,
    "fred": fred.Fred,
    "polygon": polygon.Polygon,
    "alphavantage": alphavantage.AlphaVantage,
}
KEYLESS = {"coinbase", "fred"}
# a minute's work has the minute; a backfill waits until a limit of a minute is over
HURRIED = Patience(connect=3.0, read=8.0, attempts=2, longest_pause=2.0, longest_wait=5.0)
PATIENT = Patience(longest_wait=70.0)
# whether anybody answers at all is found out quickly
IMPATIENT = Patience(connect=2.0, read=3.0, attempts=1)


def choose_feed(
    settings: Settings,
    catalogue: Catalogue,
    clock: Clock,
    stored: AbstractSet[str],
    ledger: CallLog | None = None,
) -> Feed:
    """The feed to use, whose calls `ledger` remembers; Conflict where the setting does not fit what is stored."""
    if "synthetic" in stored:
        if settings.source in ("csv", "real"):
            raise Conflict(_mixing(settings, "synthetic"))
        return _synthetic(settings, catalogue, clock)
    if stored and settings.source == "synthetic":
        raise Conflict(_mixing(settings, "real"))
    if settings.source == "csv" or (settings.source == "auto" and stored == {"csv"}):
        return NOTHING
    real = settings.source == "real" or bool(stored)
    if real or (settings.source == "auto" and _anybody_answers(settings, catalogue, clock)):
        return _real(settings, clock, ledger or MemoryCallLog())
    return _synthetic(settings, catalogue, clock)


def _synthetic(settings: Settings, catalogue: Catalogue, clock: Clock) -> Feed:
    provider = SyntheticProvider(catalogue, seed=settings.seed, clock=clock)
    return Feed("synthetic", {provider.name: provider})


def _real(settings: Settings, clock: Clock, ledger: CallLog) -> Feed:
    quota = Quota(FREE, ledger)
    hurried, patient = (_providers(settings, clock, quota, patience) for patience in (HURRIED, PATIENT))
    return Feed("real", hurried, unhurried=patient, quota=quota)


def _providers(settings: Settings, clock: Clock, quota: Quota, patience: Patience) -> Mapping[str, Provider]:
    gate = QuotaGate(quota, clock=clock, longest_wait=timedelta(seconds=patience.longest_wait))
    session = HttpSession(clock=clock, gate=gate, patience=patience)
    names = [name for name in CLIENTS if name in KEYLESS or name in settings.keys]
    return {
        name: CLIENTS[name](
            **_address(settings, name), key=settings.keys.get(name), clock=clock, session=session
        )
        for name in names
    }


def _address(settings: Settings, name: str) -> dict[str, str]:
    return {"base_url": settings.base_urls[name]} if name in settings.base_urls else {}


def _anybody_answers(settings: Settings, catalogue: Catalogue, clock: Clock) -> bool:
    providers = _providers(settings, clock, Quota(FREE, MemoryCallLog()), IMPATIENT)
    try:
        return bool(Feed("real", providers).quotes(list(catalogue.assets.values())))
    except ProviderError as error:
        logger.info("real providers do not answer: %s", error)
        return False


def _mixing(settings: Settings, kind: str) -> str:
    return (
        f"PPA_SOURCE is {settings.source!r}, but {settings.home} holds {kind} data, and the two are never mixed. "
        "Unset PPA_SOURCE, or set PPA_HOME to another folder."
    )
