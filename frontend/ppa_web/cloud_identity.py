"""Who belongs to which Google group, as Cloud Identity says: https://docs.cloud.google.com/identity/docs/reference/rest.

The service's account must be let see a group and its members; whether it is, only Google's answers show. Members of
groups within the group count too: some editions of Workspace and Cloud Identity answer that in one question, with the
others it is asked group by group.
"""

import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import Any

import requests
from google.auth.exceptions import GoogleAuthError

from ppa.core.errors import Unavailable

BASE_URL = "https://cloudidentity.googleapis.com/v1"
SCOPE = "https://www.googleapis.com/auth/cloud-identity.groups.readonly"
ASK_SECONDS = 5.0
# groups within a group that are looked through for one person; a page of members
MAX_GROUPS, PAGE_SIZE = 20, 500
# what Google says of what is not there, or may not be seen, or belongs to another edition
NO = frozenset({400, 403, 404})

logger = logging.getLogger("ppa.web")


def default_session() -> requests.Session:
    """Requests as the service's own account."""
    import google.auth
    from google.auth.transport.requests import AuthorizedSession

    credentials, _project = google.auth.default(scopes=[SCOPE])
    return AuthorizedSession(credentials)  # type: ignore[no-untyped-call]


class CloudIdentity:
    """Questions to Cloud Identity; Unavailable where it does not answer them."""

    def __init__(
        self, base_url: str = BASE_URL, session: Callable[[], requests.Session] = default_session
    ) -> None:
        self._base_url, self._make_session = base_url, session
        self._session: requests.Session | None = None
        self._lock = threading.Lock()

    def has(self, group: str, email: str) -> bool:
        """Whether the person is in the group, or in one within it; what may not be seen is no."""
        name = self._name_of(group)
        if name is None:
            logger.warning(
                "the group %s is not there, or this service's account may not see it",
                group,
                extra={"fields": {"event": "group_unseen"}},
            )
            return False
        query = {"query": f"member_key_id == '{_escaped(email)}'"}
        said = self._get(f"{name}/memberships:checkTransitiveMembership", query)
        if said is not None:
            return bool(said.get("hasMembership", False))
        return self._found_by_looking(name, email)

    def _found_by_looking(self, name: str, email: str) -> bool:
        """Ask the group for the person, then each group within it, nearest first."""
        nearest_first = [name]
        for group in islice(nearest_first, MAX_GROUPS):  # it grows while it is gone through
            if self._get(f"{group}/memberships:lookup", {"memberKey.id": email}) is not None:
                return True
            within = filter(None, map(self._name_of, self._groups_within(group)))
            nearest_first += [inner for inner in dict.fromkeys(within) if inner not in nearest_first]
        return False

    def _groups_within(self, group: str) -> Iterator[str]:
        """Addresses of the members that are groups themselves."""
        token = ""
        while True:
            page = self._get(
                f"{group}/memberships", {"view": "FULL", "pageSize": str(PAGE_SIZE), "pageToken": token}
            )
            for member in (page or {}).get("memberships", ()):
                if member.get("type") == "GROUP":
                    yield str(member["preferredMemberKey"]["id"])
            token = (page or {}).get("nextPageToken", "")
            if not token:
                return

    def _name_of(self, group: str) -> str | None:
        found = self._get("groups:lookup", {"groupKey.id": group})
        return str(found["name"]) if found else None

    def _get(self, path: str, arguments: Mapping[str, str]) -> Mapping[str, Any] | None:
        """What is there; None where Google says that it is not, or not for us."""
        try:
            answer = self._asking().get(f"{self._base_url}/{path}", params=arguments, timeout=ASK_SECONDS)
            if answer.status_code in NO:
                return None
            answer.raise_for_status()
            found: Mapping[str, Any] = answer.json()
        except (requests.RequestException, GoogleAuthError, ValueError) as error:
            raise Unavailable(f"Cloud Identity did not answer: {type(error).__name__}.") from error
        return found

    def _asking(self) -> requests.Session:
        with self._lock:
            self._session = self._session or self._make_session()
            return self._session


def _escaped(text: str) -> str:
    """As it stands between the quotes of a CEL string."""
    return text.replace("\\", "\\\\").replace("'", "\\'")
