"""Who is in which Google group, remembered for some minutes."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from ppa.core.errors import Unavailable
from ppa.storage.single_flight_cache import SingleFlightCache
from ppa_web.cloud_identity import CloudIdentity

# An answer is kept for five minutes; where there is none, the last one for an hour, asked for again each half minute.
KEPT_SECONDS, KEPT_UNANSWERED_SECONDS, ASK_AGAIN_SECONDS = 300.0, 3600.0, 30.0
MAX_KEPT = 10_000

logger = logging.getLogger("ppa.web")


@dataclass(frozen=True)
class _Known:
    """An answer, when it was given, and when to ask again."""

    member: bool
    answered: float
    ask_again: float


class GroupCache:
    """Memberships, asked for when first needed; nobody is a member of what was never answered."""

    def __init__(self, directory: CloudIdentity, clock: Callable[[], float] = time.monotonic) -> None:
        self._directory, self._clock = directory, clock
        self._cache = SingleFlightCache(MAX_KEPT)

    def has(self, group: str, email: str) -> bool:
        """Return True if the person is in the group, directly or by a group within it."""
        membership: _Known = self._cache.renew(
            (group, email),
            partial(self._ask, group, email),
            lambda membership: self._clock() < membership.ask_again,
        )
        return membership.member

    def _ask(self, group: str, email: str, before: _Known | None) -> _Known:
        now = self._clock()
        try:
            member = self._directory.has(group, email)
        except Unavailable as error:
            _log("whether %s is in %s is not known: %s", email, group, error, event="group_unanswered")
            if before is None or now - before.answered >= KEPT_UNANSWERED_SECONDS:
                before = _Known(member=False, answered=now, ask_again=now)
            return replace(before, ask_again=now + ASK_AGAIN_SECONDS)
        if not member:
            _log("%s is not known to be in %s", email, group, event="not_in_group")
        return _Known(member, now, now + KEPT_SECONDS)


def _log(message: str, *arguments: object, event: str) -> None:
    logger.info(message, *arguments, extra={"fields": {"event": event}})
