"""Who is in which Google group, as Cloud Identity says.

The service's account must be allowed to see the group's members: make it a member of a group whose members may. Only
direct members count: to ask for those of groups within the group is kept for paid editions of Workspace.
"""

import logging
import threading
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import requests

BASE_URL = "https://cloudidentity.googleapis.com/v1"
SCOPE = "https://www.googleapis.com/auth/cloud-identity.groups.readonly"
KEPT_SECONDS, ASK_SECONDS = 300.0, 5.0

logger = logging.getLogger("ppa.web")


def default_session() -> requests.Session:
    """Requests as the service's own account."""
    import google.auth
    from google.auth.transport.requests import AuthorizedSession

    credentials, _project = google.auth.default(scopes=[SCOPE])
    return AuthorizedSession(credentials)  # type: ignore[no-untyped-call]


class Groups:
    """Memberships, each asked for when first needed and again after five minutes; unknown is no member."""

    def __init__(
        self,
        base_url: str = BASE_URL,
        session: Callable[[], requests.Session] = default_session,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._base_url, self._session, self._clock = base_url, session, clock
        self._known: dict[tuple[str, str], tuple[float, bool]] = {}
        self._lock = threading.Lock()

    def has(self, group: str, email: str) -> bool:
        """Whether the group has the person as a direct member."""
        with self._lock:
            asked, member = self._known.get((group, email), (float("-inf"), False))
        if self._clock() - asked < KEPT_SECONDS:
            return member
        member = self._ask(group, email)
        with self._lock:
            self._known[group, email] = self._clock(), member
        return member

    def _ask(self, group: str, email: str) -> bool:
        try:
            name = self._get(f"groups:lookup?groupKey.id={quote(group)}")["name"]
            self._get(f"{name}/memberships:lookup?memberKey.id={quote(email)}")
        except (requests.RequestException, ValueError, KeyError) as error:
            # Google answers 403 or 404 for somebody who is no member, and for a group that may not be seen
            logger.info(
                "%s is not known to be in %s: %s",
                email,
                group,
                error,
                extra={"fields": {"event": "not_in_group"}},
            )
            return False
        return True

    def _get(self, path: str) -> Any:
        answer = self._session().get(f"{self._base_url}/{path}", timeout=ASK_SECONDS)
        answer.raise_for_status()
        return answer.json()
