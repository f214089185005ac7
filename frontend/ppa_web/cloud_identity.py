"""Membership of Google groups, from Cloud Identity: https://docs.cloud.google.com/identity/docs/reference/rest.

The service account needs permission to view a group and its members; only Google's responses show whether it has it.
Members of nested groups count too: some editions of Workspace and Cloud Identity resolve them in one request, with
others each group is requested.
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
TIMEOUT_SECONDS = 5.0
# maximum number of nested groups searched for a person; members per page
MAX_GROUPS, PAGE_SIZE = 20, 500
# status codes for objects that do not exist, may not be viewed, or need another edition
NO = frozenset({400, 403, 404})

logger = logging.getLogger("ppa.web")


def default_session() -> requests.Session:
    """HTTP session authenticated as the service account."""
    import google.auth
    from google.auth.transport.requests import AuthorizedSession

    credentials, _project = google.auth.default(scopes=[SCOPE])
    return AuthorizedSession(credentials)  # type: ignore[no-untyped-call]


class CloudIdentity:
    """Client of Cloud Identity; Unavailable if it does not respond."""

    def __init__(
        self, base_url: str = BASE_URL, session: Callable[[], requests.Session] = default_session
    ) -> None:
        self._base_url, self._make_session = base_url, session
        self._session: requests.Session | None = None
        self._lock = threading.Lock()

    def has(self, group: str, email: str) -> bool:
        """Return True if the person is in the group or a nested one; False if the group cannot be viewed."""
        name = self._name_of(group)
        if name is None:
            logger.warning(
                "the group %s does not exist, or the service account may not view it",
                group,
                extra={"fields": {"event": "group_unseen"}},
            )
            return False
        query = {"query": f"member_key_id == '{_escaped(email)}'"}
        response = self._get(f"{name}/memberships:checkTransitiveMembership", query)
        if response is not None:
            return bool(response.get("hasMembership", False))
        return self._search_nested(name, email)

    def _search_nested(self, name: str, email: str) -> bool:
        """Look up the person in the group, then in each nested group, breadth first."""
        nearest_first = [name]
        for group in islice(nearest_first, MAX_GROUPS):  # the list grows during the iteration
            if self._get(f"{group}/memberships:lookup", {"memberKey.id": email}) is not None:
                return True
            within = filter(None, map(self._name_of, self._groups_within(group)))
            nearest_first += [inner for inner in dict.fromkeys(within) if inner not in nearest_first]
        return False

    def _groups_within(self, group: str) -> Iterator[str]:
        """Email addresses of members that are groups."""
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
        group_entry = self._get("groups:lookup", {"groupKey.id": group})
        return str(group_entry["name"]) if group_entry else None

    def _get(self, path: str, arguments: Mapping[str, str]) -> Mapping[str, Any] | None:
        """JSON response, or None if the object does not exist or may not be viewed."""
        try:
            response = self._get_session().get(
                f"{self._base_url}/{path}", params=arguments, timeout=TIMEOUT_SECONDS
            )
            if response.status_code in NO:
                return None
            response.raise_for_status()
            body: Mapping[str, Any] = response.json()
        except (requests.RequestException, GoogleAuthError, ValueError) as error:
            raise Unavailable(f"Cloud Identity does not respond: {type(error).__name__}.") from error
        return body

    def _get_session(self) -> requests.Session:
        with self._lock:
            self._session = self._session or self._make_session()
            return self._session


def _escaped(text: str) -> str:
    """Escape text for a quoted CEL string."""
    return text.replace("\\", "\\\\").replace("'", "\\'")
