"""Where numbers come from, by `PPA_SOURCE` and by what is stored already.

Synthetic and real numbers never share a warehouse: what is stored decides, and a setting that
contradicts it is refused.
"""

from collections.abc import Set as AbstractSet

from shared.catalogue import Catalogue
from shared.clock import Clock
from shared.errors import Conflict
from shared.providers.feed import Feed
from shared.providers.synthetic import SyntheticProvider
from shared.settings import Settings

NOTHING = Feed("csv", {})


def choose_feed(settings: Settings, catalogue: Catalogue, clock: Clock, stored: AbstractSet[str]) -> Feed:
    """The feed to use; Conflict where the setting does not fit what is stored."""
    synthetic = Feed(
        "synthetic", {"synthetic": SyntheticProvider(catalogue, seed=settings.seed, clock=clock)}
    )
    if "synthetic" in stored:
        if settings.source in ("csv", "real"):
            raise Conflict(_mixing(settings, "synthetic"))
        return synthetic
    if stored and settings.source == "synthetic":
        raise Conflict(_mixing(settings, "real"))
    if settings.source == "csv" or stored:
        return NOTHING
    return synthetic


def _mixing(settings: Settings, kind: str) -> str:
    return (
        f"PPA_SOURCE is {settings.source!r}, but {settings.home} holds {kind} data, and the two are never mixed. "
        "Unset PPA_SOURCE, or set PPA_HOME to another folder."
    )
