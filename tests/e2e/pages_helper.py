"""Chromium for the tests of the pages: what it says, asks for, and looks like."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, Route, expect, sync_playwright

MODEL = "example-boosting-v1"
OTHER = "example-logistic-v1"
PATHS = (
    "/",
    "/configure",
    "/models",
    f"/models/{MODEL}",
    "/live",
    "/performance",
    f"/performance/{MODEL}",
    "/system",
    "/api",
)
CHROMIUM = Path("/usr/bin/chromium")
FLAGS = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
    "--no-sandbox",
)
SETTLED_WITHIN = 30_000.0
MAX_SHIFT = 0.1  # "good" by https://web.dev/articles/cls
SHIFTS = """
window.shifts = [];
new PerformanceObserver((list) => {
  for (const { value, hadRecentInput, sources } of list.getEntries()) {
    const moved = sources.map(({ node }) => node?.id || node?.className || node?.nodeName).join(", ");
    if (!hadRecentInput) window.shifts.push([value, moved]);
  }
}).observe({ type: "layout-shift", buffered: true });
"""

PAINTED = (
    "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done))))"
)

Theme = Literal["light", "dark"]

expect.set_options(timeout=SETTLED_WITHIN)


@dataclass
class Visit:
    """A page being visited, and everything it said and asked for since it was opened."""

    page: Page
    url: str
    output: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    scripts: dict[str, int] = field(default_factory=dict)

    def open(self, path: str) -> "Visit":
        """Go to a path of the app and wait until everything it loads is there."""
        self.page.goto(self.url + path)
        return self.settle()

    def open_slowly(self, path: str) -> "Visit":
        """Go to a path whose data comes late: after the page was painted, an answer at a time, the last asked first."""
        waiting: list[Route] = []
        self.page.route("**/api/v1/**", lambda route: waiting.append(route))
        self.page.goto(self.url + path)
        self.page.evaluate(PAINTED)
        while waiting or self.page.locator("[aria-busy=true]").count():
            if waiting:
                waiting.pop().continue_()
            self.page.evaluate(PAINTED)
        self.page.unroute("**/api/v1/**")
        return self.settle()

    def settle(self) -> "Visit":
        """Wait until no part is loading."""
        expect(self.page.locator("[aria-busy=true]")).to_have_count(0)
        self.page.wait_for_load_state("networkidle")
        return self

    def look_through(self) -> "Visit":
        """Scroll to the end and back, so that what is loaded when it is reached is there, too."""
        for part in self.page.locator("main > *:visible").all():
            part.scroll_into_view_if_needed()
        expect(self.page.get_by_text("Loading…")).to_have_count(0)
        self.settle()
        self.page.evaluate("scrollTo(0, 0)")
        return self

    @property
    def elsewhere(self) -> list[str]:
        """Requests to anywhere but the app."""
        ours = (self.url, "blob:", "data:")
        return [address for address in self.asked if not address.startswith(ours)]

    @property
    def questions(self) -> set[str]:
        """What was asked of the API, without arguments."""
        asked = (address.removeprefix(f"{self.url}/api/v1/") for address in self.asked)
        return {question.partition("?")[0] for question in asked if "://" not in question}

    @property
    def overflow(self) -> int:
        """Pixels by which the page is wider than the window."""
        width: int = self.page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        return width

    @property
    def shifts(self) -> list[tuple[float, str]]:
        """Layout shifts since the page was opened: how much (https://web.dev/articles/cls), and of what."""
        return [(value, moved) for value, moved in self.page.evaluate("window.shifts")]

    def hear(self, message: ConsoleMessage) -> None:
        """Keep a line of the console."""
        self.output.append(f"{message.type}: {message.text}")

    def ask(self, request: Request) -> None:
        """Keep the address of a request, and the size of a script of ours."""
        self.asked.append(request.url)
        response = request.response()
        if response and "/js/" in request.url:
            self.scripts[request.url] = len(response.body())


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser; `PPA_CHROMIUM` names another executable than the usual one."""
    with sync_playwright() as playwright:
        path = Path(os.environ.get("PPA_CHROMIUM", CHROMIUM))
        browser = playwright.chromium.launch(
            executable_path=str(path) if path.exists() else None, args=list(FLAGS)
        )
        yield browser
        browser.close()


@contextmanager
def visiting(browser: Browser, url: str, *, width: int = 1440, theme: Theme = "light") -> Iterator[Visit]:
    """A fresh visitor with a window `width` pixels wide who prefers `theme`."""
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=theme, reduced_motion="reduce"
    )
    context.add_init_script(SHIFTS)
    visit = Visit(context.new_page(), url)
    visit.page.on("console", visit.hear)
    visit.page.on("pageerror", lambda error: visit.output.append(f"uncaught: {error}"))
    visit.page.on("requestfinished", visit.ask)
    visit.page.on("requestfailed", lambda request: visit.asked.append(request.url))
    yield visit
    context.close()


def violations(page: Page) -> list[str]:
    """What axe-core finds wrong, a line each: rule, element, reason."""
    result = Axe().run(page).response["violations"]
    return [
        f"{rule['id']}: {node['html'][:160]} ({node['failureSummary']})"
        for rule in result
        for node in rule["nodes"]
    ]


def screenshot(visit: Visit, folder: Path, name: str) -> Path:
    """The whole page as a PNG, for people to look at."""
    path = folder / f"{name}.png"
    visit.page.screenshot(path=path, full_page=True)
    return path
