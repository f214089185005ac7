"""Grafana can be embedded if it is on the same site, responds, and permits framing."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from ppa.core.errors import BadInput
from ppa.ops.clock import fixed
from ppa.ops.settings import Settings, load_settings
from ppa.platform import Platform, open_platform
from ppa_web.grafana import dashboard_url, embedding, frame_source, same_site

ORIGIN = "http://127.0.0.1:8080"


@contextmanager
def answering(status: int, **headers: str) -> Iterator[str]:
    """Address of a Grafana that responds alike to every request."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name.replace("_", "-"), value)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Do not log."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture
def platform(tmp_path: Path) -> Iterator[Platform]:
    opened = open_platform(
        Settings(home=tmp_path, source="csv"), clock=fixed(datetime(2026, 3, 1, tzinfo=UTC))
    )
    yield opened
    opened.close()


def beside(platform: Platform, address: str) -> Platform:
    return replace(platform, settings=replace(platform.settings, grafana_url=address))


@pytest.mark.parametrize(
    ("status", "headers", "state"),
    [
        (200, {}, "shown"),
        (302, {}, "shown"),
        (200, {"X_Frame_Options": "deny"}, "refused"),
        (200, {"X_Frame_Options": "SAMEORIGIN"}, "refused"),
        (200, {"Content_Security_Policy": "object-src 'none'; frame-ancestors 'self'"}, "refused"),
        (200, {"Content_Security_Policy": f"frame-ancestors {ORIGIN}", "X_Frame_Options": "deny"}, "shown"),
        (404, {}, "silent"),
        (502, {}, "silent"),
    ],
)
def test_what_grafana_answers_decides_whether_it_is_shown(
    platform: Platform, status: int, headers: dict[str, str], state: str
) -> None:
    with answering(status, **headers) as address:
        result = embedding(beside(platform, address), ORIGIN)
    assert result.state == state
    assert result.url == f"{address}/d/ppa-home?kiosk"
    assert bool(result.words) == (state != "shown")


def test_one_that_does_not_answer_is_said_to_be_silent(platform: Platform) -> None:
    with answering(200) as address:
        pass
    assert embedding(beside(platform, address), ORIGIN).state == "silent"


def test_without_a_setting_there_is_nothing_to_frame(platform: Platform) -> None:
    assert embedding(platform, ORIGIN).state == "off"
    assert frame_source(platform, "localhost") is None
    assert dashboard_url(platform) is None


def test_one_of_another_site_is_neither_framed_nor_asked(platform: Platform) -> None:
    other = beside(platform, "https://grafana.example.org")
    assert embedding(other, "https://ppa.example.com").state == "other_site"
    assert frame_source(other, "ppa.example.com") is None
    assert frame_source(other, "ppa.example.org") == "https://grafana.example.org"


def test_the_setting_may_name_another_dashboard(platform: Platform) -> None:
    assert (
        dashboard_url(beside(platform, "https://g.example.org/d/mine"))
        == "https://g.example.org/d/mine?kiosk"
    )


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("localhost", "localhost", True),
        ("localhost", "127.0.0.1", False),
        ("a.example.co.uk", "b.example.co.uk", True),
        ("example.co.uk", "sample.co.uk", False),
        ("ppa-web-1.europe-west1.run.app", "ppa-grafana-1.europe-west1.run.app", False),
        ("ppa-web-abc-ew.a.run.app", "ppa-grafana-abc-ew.a.run.app", False),
        ("localhost", "localhost.example.com", False),
    ],
)
def test_a_site_is_what_browsers_take_for_one(one: str, other: str, same: bool) -> None:
    assert same_site(one, other) is same


@pytest.mark.parametrize(
    "address",
    [
        "http://grafana.example.com",
        "https://ada:secret@g.example.com",
        "grafana",
        "https://g.example.com?key=1",
    ],
)
def test_an_address_that_is_not_safe_to_link_to_is_refused_without_repeating_it(address: str) -> None:
    with pytest.raises(BadInput, match="PPA_GRAFANA_URL cannot be used") as refused:
        load_settings({"PPA_GRAFANA_URL": address})
    assert "secret" not in str(refused.value)
