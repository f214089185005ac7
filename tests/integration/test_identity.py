"""Authentication and roles, with real assertions, signed and verified over sockets."""

import base64
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import requests
from cryptography.hazmat.primitives.asymmetric import ec
from google.auth.exceptions import DefaultCredentialsError
from iap_proxy import AUDIENCE, Proxy, running_proxy, signed
from platforms import REPOSITORY, ask, assert_problem, copied, served, small

from ppa.core.errors import BadInput, Unavailable
from ppa.ops.settings import load_settings
from ppa.platform import Platform
from ppa_web import create_app
from ppa_web.cloud_identity import CloudIdentity
from ppa_web.group_cache import GroupCache
from ppa_web.iap import PublicKeys
from ppa_web.identity import HEADER, ROLES
from ppa_web.security import SAFE_METHODS

TIMES = ("iat", "exp")
LABEL = {"asset": "BTC", "mode": "touch", "lookahead": 7, "threshold": 0.015}


@dataclass(frozen=True)
class Deployed:
    """App as deployed, with the proxy before it."""

    url: str
    proxy: Proxy
    platform: Platform

    def ask(self, path: str, by: str | None, method: str = "GET", **options: Any) -> requests.Response:
        """Send a request with a person's assertion, or without one."""
        headers = {HEADER: self.proxy.assertion(by)} if by else {}
        return ask(self.url + path, method, headers=headers, **options)

    def role(self, person: str, **claims: object) -> str:
        """Role that the app assigns to a person."""
        assertion = self.proxy.assertion(person, **claims)
        answer = ask(f"{self.url}/api/v1/me", headers={HEADER: assertion})
        assert answer.status_code == 200, answer.text
        return str(answer.json()["role"])


@pytest.fixture(scope="module")
def deployed(history: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    """Platform with a label and models; ada is admin, ed and the team are editors."""
    platform = small(copied(history, tmp_path_factory.mktemp("deployed"))).platform
    with running_proxy() as proxy:
        proxy.groups["team@example.com"] = {"grace@example.com"}
        settings = replace(
            platform.settings,
            iap_audience=AUDIENCE,
            admins=("user:Ada@example.com",),
            editors=("user:ed@example.com", "group:team@example.com"),
            base_urls={"iap": proxy.address, "cloudidentity": proxy.address},
        )
        with served(replace(platform, settings=settings)) as url:
            yield Deployed(url, proxy, platform)
    platform.close()


@pytest.mark.parametrize(
    ("person", "role"),
    [
        ("ada@example.com", "admin"),
        ("ED@example.com", "editor"),
        ("grace@example.com", "editor"),
        ("vi@example.com", "viewer"),
    ],
)
def test_roles_come_from_the_settings_and_the_groups_they_name(
    deployed: Deployed, person: str, role: str
) -> None:
    assert deployed.role(person) == role


def test_a_group_that_the_assertion_states_needs_no_question(deployed: Deployed) -> None:
    asked = len(deployed.proxy.asked)
    assert deployed.role("mo@example.com", additional_claims={"groups": ["Team@example.com"]}) == "editor"
    assert deployed.role("mo@example.com", additional_claims={"groups": ["others@example.com"]}) == "viewer"
    assert deployed.proxy.asked[asked:] == []


def test_a_viewer_looks_and_changes_nothing(deployed: Deployed) -> None:
    assert deployed.ask("/api/v1/labels", "vi@example.com").status_code == 200
    for method, path in (
        ("POST", "labels"),
        ("POST", "models"),
        ("PUT", "models/calm-v1/activation"),
        ("POST", "models/calm-v1/activation"),
        ("DELETE", "models/calm-v1/activation"),
        ("POST", "replay"),
        ("POST", "imports"),
    ):
        refused = deployed.ask(f"/api/v1/{path}", "vi@example.com", method, json=LABEL)
        assert_problem(refused, 403, "vi@example.com has the role viewer", "forbidden")
    assert len(deployed.ask("/api/v1/labels", "vi@example.com").json()["labels"]) == 1
    assert 'data-role="viewer"' in deployed.ask("/models", "vi@example.com").text


def test_an_editor_changes_by_their_own_name_and_imports_nothing(deployed: Deployed) -> None:
    saved = deployed.ask("/api/v1/labels", "Ed@example.com", "POST", json=LABEL)
    assert saved.status_code == 201, saved.text
    assert saved.json()["created_by"] == "ed@example.com"
    refused = deployed.ask("/api/v1/imports", "ed@example.com", "POST", data=b"")
    assert_problem(refused, 403, "requires admin", "forbidden")


def test_every_route_that_changes_something_takes_more_than_a_viewer(deployed: Deployed) -> None:
    app = create_app(deployed.platform)
    changing = [rule for rule in app.url_map.iter_rules() if (rule.methods or set()) - SAFE_METHODS]
    assert len(changing) >= 6
    roles = {
        rule.rule: getattr(app.view_functions[rule.endpoint], "required_role", None) for rule in changing
    }
    assert {rule for rule, role in roles.items() if role not in ROLES} == set()


def test_nobody_comes_in_without_a_sign_in_but_the_health_probes(deployed: Deployed) -> None:
    for path in ("/", "/static/css/base.css", "/api/v1/me", "/nothing-is-here"):
        assert_problem(deployed.ask(path, None), 401, "Identity-Aware Proxy", "unauthenticated")
    forged = {"X-Goog-Authenticated-User-Email": "accounts.google.com:ada@example.com"}
    assert ask(f"{deployed.url}/api/v1/me", headers=forged).status_code == 401
    assert deployed.ask("/healthz", None).status_code == 200
    assert deployed.ask("/readyz", None).status_code == 200


@pytest.mark.parametrize(
    "claims",
    [
        pytest.param({"aud": AUDIENCE + "x"}, id="for another service"),
        pytest.param({"aud": None}, id="for nobody"),
        pytest.param({"iss": "https://accounts.google.com"}, id="by another issuer"),
        pytest.param({"exp": -60}, id="expired"),
        pytest.param({"iat": 24 * 3600, "exp": 25 * 3600}, id="of the future"),
    ],
)
def test_an_assertion_that_is_not_for_here_and_now_is_refused(
    deployed: Deployed, claims: dict[str, Any]
) -> None:
    now = int(time.time())  # a time among the claims is counted from it
    claims = {name: now + value if name in TIMES else value for name, value in claims.items()}
    headers = {HEADER: deployed.proxy.assertion("ada@example.com", **claims)}
    refused = ask(f"{deployed.url}/api/v1/me", headers=headers)
    assert_problem(refused, 401, "does not hold", "unauthenticated")


# of another algorithm, without a key, and no header at all
HEADERS = (
    {"alg": "none", "kid": "first"},
    {"alg": "RS256", "kid": "first"},
    {"alg": ["ES256"], "kid": "first"},
    {"alg": "ES256"},
    {"alg": "ES256", "kid": ["first"]},
    [],
    None,
)


def _segment(value: object) -> str:
    """A part of a JWT."""
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def test_an_assertion_that_somebody_else_signed_is_refused(deployed: Deployed) -> None:
    stranger = ec.generate_private_key(ec.SECP256R1())
    claims = {"iss": "https://cloud.google.com/iap", "aud": AUDIENCE, "email": "ada@example.com"}
    claims |= {"iat": int(time.time()), "exp": int(time.time()) + 60}
    reference = next(iter(deployed.proxy.keys))
    good = deployed.proxy.assertion("vi@example.com").split(".")
    forged = signed(claims, stranger, reference).split(".")
    for assertion in (
        ".".join(forged),
        signed(claims, stranger, "made-up"),
        ".".join((good[0], forged[1], good[2])),
        ".".join((good[0], good[1], "")),
        *(".".join((_segment(header), *good[1:])) for header in HEADERS),
        "not-a-token",
    ):
        refused = ask(f"{deployed.url}/api/v1/me", headers={HEADER: assertion})
        assert_problem(refused, 401, "does not hold", "unauthenticated")


def test_keys_are_fetched_once_and_when_they_change() -> None:
    clock = HandTime()
    with running_proxy() as proxy:
        keys = PublicKeys(proxy.address, clock)
        assert set(keys.including("first")) == {"first"} == set(keys.including("first"))
        assert set(keys.including("made-up")) == {"first"}
        assert proxy.asked == ["/public_key"]
        proxy.rotate("second")
        clock.seconds += 61
        assert set(keys.including("second")) == {"second"}
        assert len(proxy.asked) == 2
    clock.seconds += 3601
    with pytest.raises(Unavailable, match="Try again in a minute"):
        keys.including("second")


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    """Stand-in for Google, with a group that contains another, and one that contains both and itself."""
    with running_proxy() as served:
        served.groups |= {
            "inner@example.com": {"grace@example.com", "o'brien@example.com"},
            "middle@example.com": {"ann@example.com", "inner@example.com"},
            "outer@example.com": {"middle@example.com", "outer@example.com"},
        }
        yield served


@pytest.mark.parametrize("edition", [True, False], ids=["in one question", "group by group"])
def test_members_of_a_group_within_the_group_count(proxy: Proxy, edition: bool) -> None:
    proxy.edition = edition
    directory = CloudIdentity(proxy.address, requests.Session)
    for person in ("ann@example.com", "grace@example.com", "o'brien@example.com"):
        assert directory.has("outer@example.com", person)
    assert not directory.has("outer@example.com", "mallory@example.com")
    assert not directory.has("inner@example.com", "ann@example.com")
    assert not directory.has("unseen@example.com", "grace@example.com")


def test_a_group_that_may_not_be_seen_is_said_in_the_log(
    proxy: Proxy, caplog: pytest.LogCaptureFixture
) -> None:
    assert not CloudIdentity(proxy.address, requests.Session).has("unseen@example.com", "grace@example.com")
    assert "unseen@example.com does not exist, or the service account may not view it" in caplog.text


def test_memberships_are_asked_for_again_after_five_minutes(proxy: Proxy) -> None:
    clock = HandTime()
    groups = GroupCache(CloudIdentity(proxy.address, requests.Session), clock)
    assert groups.has("inner@example.com", "grace@example.com")
    proxy.groups["inner@example.com"].clear()
    assert groups.has("inner@example.com", "grace@example.com")
    clock.seconds += 300
    assert not groups.has("inner@example.com", "grace@example.com")


def test_while_google_does_not_answer_the_last_answer_stands_for_an_hour(proxy: Proxy) -> None:
    clock = HandTime()
    groups = GroupCache(CloudIdentity(proxy.address, requests.Session), clock)
    assert groups.has("inner@example.com", "grace@example.com")
    proxy.broken = True
    clock.seconds += 300
    assert groups.has("inner@example.com", "grace@example.com")
    assert not groups.has("inner@example.com", "o'brien@example.com")
    asked = len(proxy.asked)
    assert not groups.has("inner@example.com", "o'brien@example.com")
    assert len(proxy.asked) == asked
    clock.seconds += 3600
    assert not groups.has("inner@example.com", "grace@example.com")
    proxy.broken = False
    clock.seconds += 30
    assert groups.has("inner@example.com", "grace@example.com")
    assert groups.has("inner@example.com", "o'brien@example.com")


def test_an_account_that_cannot_sign_in_is_nobodys_error(proxy: Proxy) -> None:
    def no_session() -> requests.Session:
        raise DefaultCredentialsError("there are none")  # type: ignore[no-untyped-call]

    assert not GroupCache(CloudIdentity(proxy.address, no_session)).has(
        "inner@example.com", "grace@example.com"
    )


def test_at_home_everybody_is_admin_by_the_name_in_the_settings(history: Path, tmp_path: Path) -> None:
    platform = small(copied(history, tmp_path)).platform
    with served(platform) as url:
        assert ask(f"{url}/api/v1/me").json() == {"email": "tester", "role": "admin"}
    platform.close()


def test_the_deployed_app_does_not_start_without_knowing_its_sign_ins(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", "import ppa_web.cloud"],
        cwd=REPOSITORY,
        env={"PPA_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert "PPA_IAP_AUDIENCE is not set" in done.stderr


def test_members_are_read_as_terraform_writes_them() -> None:
    written = load_settings({"PPA_ADMINS": "user:a@b.c,group:d@e.f", "PPA_EDITORS": ""})
    assert (written.admins, written.editors) == (("user:a@b.c", "group:d@e.f"), ())
    with pytest.raises(BadInput, match="PPA_EDITORS is 'ada@"):
        load_settings({"PPA_EDITORS": "ada@example.com"})


@dataclass
class HandTime:
    """Seconds advanced by the test."""

    seconds: float = 0.0

    def __call__(self) -> float:
        return self.seconds
