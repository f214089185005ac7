"""Grafana on the system page, in a browser: in its frame, or the reason why not above the page's own pictures."""

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import waitress
from pages_helper import MAX_SHIFT, Visit, violations, visiting
from playwright.sync_api import Browser, expect

from ppa.platform import Platform
from ppa_web import create_app
from tests.unit.builders import NOW, platform_at

pytestmark = pytest.mark.browser

DASHBOARD = b"<!doctype html><html lang='en'><title>Grafana</title><h1>The dashboard</h1></html>"


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """A platform on its first day, with nothing stored yet."""
    opened = platform_at(tmp_path_factory.mktemp("grafana"), NOW)
    yield opened
    opened.close()


@contextmanager
def grafana(**headers: str) -> Iterator[str]:
    """A Grafana with one dashboard, which it serves with some headers; its address."""

    class Dashboard(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            for name, value in {"Content_Type": "text/html", **headers}.items():
                self.send_header(name.replace("_", "-"), value)
            self.send_header("Content-Length", str(len(DASHBOARD)))
            self.end_headers()
            self.wfile.write(DASHBOARD)

        def log_message(self, *_: object) -> None:
            """Quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Dashboard) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@contextmanager
def pages(platform: Platform) -> Iterator[str]:
    """The platform's pages on a socket, beside whatever else this process serves; their address."""
    server = waitress.create_server(create_app(platform), host="127.0.0.1", port=0, threads=4)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.effective_port}"
    server.close()
    server.task_dispatcher.shutdown()
    thread.join(1)


Visiting = Callable[..., AbstractContextManager[Visit]]


@pytest.fixture
def system_page(browser: Browser, platform: Platform) -> Visiting:
    """The system page of an app that is told of a Grafana; still, accessible and silent, whatever became of it."""

    @contextmanager
    def opened(address: str, width: int = 1440) -> Iterator[Visit]:
        reported = replace(platform, settings=replace(platform.settings, grafana_url=address))
        with pages(reported) as url, visiting(browser, url, width=width) as visitor:
            visitor.open_slowly("/system")
            expect(visitor.page.locator("#series table")).to_be_visible()
            expect(visitor.page.locator("#grafana-link")).to_have_attribute(
                "href", f"{address}/d/ppa-home?kiosk"
            )
            visitor.page.locator("#grafana").scroll_into_view_if_needed()
            yield visitor
            assert visitor.overflow <= 0
            assert sum(value for value, _ in visitor.shifts) < MAX_SHIFT, visitor.shifts
            assert visitor.output == []  # before axe-core, whose words to the frame the console complains of
            assert violations(visitor.page) == []

    return opened


def test_a_dashboard_is_shown_in_the_page_without_the_menus_of_grafana(system_page: Visiting) -> None:
    with grafana() as address, system_page(address) as visitor:
        frame = visitor.page.locator("#grafana iframe")
        expect(frame).to_have_attribute("src", f"{address}/d/ppa-home?kiosk&theme=light")
        expect(frame.content_frame.get_by_role("heading", name="The dashboard")).to_be_visible()
        assert set(visitor.elsewhere) == {f"{address}/d/ppa-home?kiosk&theme=light"}


def test_one_that_refuses_the_frame_is_said_to_and_never_put_in_one(system_page: Visiting) -> None:
    with grafana(X_Frame_Options="deny") as address, system_page(address, width=390) as visitor:
        expect(visitor.page.locator("#grafana-words")).to_contain_text("Grafana cannot be embedded")
        assert _has_only_its_own(visitor)


def test_one_that_does_not_answer_is_said_to(system_page: Visiting) -> None:
    with ExitStack() as running:
        address = running.enter_context(grafana())
        running.close()
        with system_page(address) as visitor:
            expect(visitor.page.locator("#grafana-words")).to_contain_text("Grafana does not respond")
            assert _has_only_its_own(visitor)


def _has_only_its_own(visitor: Visit) -> bool:
    """Whether the page links to Grafana and asked it for nothing, so that the browser has no refusal to tell of."""
    expect(visitor.page.get_by_role("link", name="Open Grafana in a tab of its own")).to_be_visible()
    return visitor.elsewhere == [] and visitor.page.locator("iframe").count() == 0
