"""What the pages tell the browser to allow and keep, and whose requests are refused."""

import re

import pytest
import requests
from pages_helper import PATHS


@pytest.mark.parametrize("path", [*PATHS, "/api/v1/status", "/nothing-here"])
def test_every_answer_carries_the_strict_policy(site, path: str) -> None:
    headers = requests.get(f"{site.url}{path}", timeout=60).headers
    policy = headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; script-src 'self';")
    assert "frame-ancestors 'none'" in policy
    assert "unsafe-eval" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"


def test_assets_are_kept_for_ever_and_old_addresses_are_not(site) -> None:
    page = requests.get(f"{site.url}/live", timeout=60)
    assert page.headers["Cache-Control"] == "no-store"
    addresses = re.findall(r'(?:src|href)="(/assets/[^"]+)"', page.text)
    assert any("plotly" in address for address in addresses)
    for address in addresses:
        answer = requests.get(f"{site.url}{address}", timeout=60)
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert answer.headers["Content-Encoding"] == "gzip"
    old = re.sub(r"/assets/\w+/", "/assets/0123456789abcdef/", addresses[0])
    assert requests.get(f"{site.url}{old}", timeout=60).headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 400),
        ({"Sec-Fetch-Site": "same-origin"}, 400),
        ({"Sec-Fetch-Site": "none"}, 400),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Origin": "https://elsewhere.example"}, 403),
        ({"Origin": "null"}, 403),
    ],
)
def test_changes_asked_for_by_other_sites_are_refused(site, headers: dict[str, str], status: int) -> None:
    answer = requests.post(f"{site.url}/api/v1/labels", data=b"no json", headers=headers, timeout=60)
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert (answer.json()["code"] == "cross_site") == (status == 403)


def test_another_name_for_this_machine_is_not_answered(site) -> None:
    answer = requests.get(f"{site.url}/api/v1/status", headers={"Host": "rebound.example"}, timeout=60)
    assert answer.status_code == 400
