"""Identify the user of a request and check their role.

In the cloud, Identity-Aware Proxy identifies the user and the settings define their role; on a local machine everyone
who reaches the app is admin. Routes that change something declare their required role with `require`; without it they
require an editor, so that nothing is unprotected by oversight.
"""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal, TypeVar, cast, get_args

import requests
from flask import Flask, Response, current_app, g, request

from ppa.core.errors import Forbidden, Unauthenticated
from ppa.ops.settings import Settings
from ppa_web.cloud_identity import CloudIdentity
from ppa_web.group_cache import GroupCache
from ppa_web.iap import KEYS_BASE_URL, Claims, PublicKeys, verified
from ppa_web.security import SAFE_METHODS

Role = Literal["viewer", "editor", "admin"]
ROLES: tuple[Role, ...] = get_args(Role)  # in ascending order of permissions
HEADER = "X-Goog-IAP-JWT-Assertion"
HEALTH = frozenset({"/healthz", "/readyz"})
View = TypeVar("View", bound=Callable[..., object])

logger = logging.getLogger("ppa.web")


@dataclass(frozen=True)
class Person:
    """User of a request, with their role."""

    email: str
    role: Role

    def may(self, role: Role) -> bool:
        """True if the person's role includes `role`."""
        return ROLES.index(self.role) >= ROLES.index(role)


Identify = Callable[[], Person]


def require(role: Role) -> Callable[[View], View]:
    """Declare the role that a view requires; apply it below the route's decorator."""

    def stated(view: View) -> View:
        view.required_role = role  # type: ignore[attr-defined]
        return view

    return stated


def person() -> Person:
    """User of this request."""
    return cast(Person, g.person)


def init_identity(app: Flask, settings: Settings) -> None:
    """Identify the user before each request, reject requests that their role does not permit, and log changes."""
    identify = identify_by_iap(settings) if settings.iap_audience else identify_locally(settings)

    @app.before_request
    def _check() -> None:
        if request.path in HEALTH:
            return
        g.person = identify()
        needed = required_role()
        if not g.person.may(needed):
            raise Forbidden(
                f"{g.person.email} has the role {g.person.role}, but this requires {needed}; "
                "ask the person who deployed the app for that role."
            )

    @app.after_request
    def _log(response: Response) -> Response:
        if request.method not in SAFE_METHODS and "person" in g:
            fields = {"user": g.person.email, "method": request.method, "path": request.path}
            logger.info(
                "change requested",
                extra={"fields": {"event": "change", **fields, "status": response.status_code}},
            )
        return response

    app.context_processor(lambda: {"person": g.get("person")})


def required_role() -> Role:
    """Role required by this request: as declared by its view, else viewer for reading and editor for changes."""
    return role_of_view(current_app.view_functions.get(request.endpoint or ""), request.method)


def role_of_view(view: Callable[..., object] | None, method: str) -> Role:
    """Role that a view requires, as it declares or by the method."""
    by_method: Role = "viewer" if method in SAFE_METHODS else "editor"
    return cast(Role, getattr(view, "required_role", by_method))


def identify_locally(settings: Settings) -> Identify:
    """Identify every request as the admin named in the settings."""
    owner = Person(settings.user, "admin")
    return lambda: owner


def identify_by_iap(settings: Settings) -> Identify:
    """Identify requests by the signed assertion of Identity-Aware Proxy."""
    keys = PublicKeys(settings.base_urls.get("iap", KEYS_BASE_URL))
    elsewhere = settings.base_urls.get("cloudidentity")
    groups = GroupCache(CloudIdentity(elsewhere, requests.Session) if elsewhere else CloudIdentity())

    def identify() -> Person:
        assertion = request.headers.get(HEADER)
        if not assertion:
            raise Unauthenticated(
                "The request did not pass through Identity-Aware Proxy; open the app by its public address."
            )
        claims = verified(assertion, settings.iap_audience, keys)
        email = str(claims.get("email") or claims.get("sub")).lower()
        return Person(email, role_of(email, claims, settings, groups))

    return identify


def role_of(email: str, claims: Claims, settings: Settings, groups: GroupCache) -> Role:
    """Highest role assigned to the person or to one of their groups; viewer by default."""
    named: tuple[tuple[Role, Iterable[str]], ...] = (("admin", settings.admins), ("editor", settings.editors))
    return next((role for role, members in named if _among(members, email, claims, groups)), "viewer")


def _among(members: Iterable[str], email: str, claims: Claims, groups: GroupCache) -> bool:
    parts = [member.lower().partition(":") for member in members]
    if any(kind in ("user", "serviceaccount") and name == email for kind, _, name in parts):
        return True
    stated = claims.get("additional_claims", {}).get("groups")
    named = [name for kind, _, name in parts if kind == "group"]
    if stated is not None:
        return any(str(group).lower() in named for group in stated)
    return any(groups.has(group, email) for group in named)
