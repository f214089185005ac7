"""What a moved slider costs, and how soon a price is to be seen: on nine years of hours and a column a feature.

`python -m tests.bench.bench_configure` from the repository's root. The server's time is the processor's, of its
own thread, so that other work on the machine does not change it; what Chromium does is in time on the wall.
Medians of interleaved runs. Exits with 1 where a measure is missed.
"""

import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

import waitress
from flask.testing import FlaskClient
from playwright.sync_api import Browser, Page

from ppa.platform import Platform
from ppa_web import create_app
from tests.bench.bench_dataset import fill, opened
from tests.e2e.pages_helper import chromium

RUNS = 7
LABELS = {
    "touch": {"mode": "touch", "lookahead": 24},
    "an hour ahead": {"mode": "touch", "lookahead": 1},
    "close": {"mode": "close", "lookahead": 168},
    "triple barrier": {"mode": "triple_barrier", "lookahead": 24, "stop_loss": 0.02},
    "in volatilities": {"mode": "touch", "lookahead": 24, "volatility_window": 168},
}
MAX_SERVER, MAX_BYTES, MAX_REPAINT, MAX_COLD, MAX_WARM = 25.0, 80_000, 150.0, 2000.0, 700.0
DRAWN = """
window.drawn = new Promise((done) => {
  const find = (part) => document.querySelector(`#chart ${part}`);
  const there = () => find('canvas')?.dataset.painted && find('.js-line');
  const look = () => requestAnimationFrame(there() ? () => done(performance.now()) : look);
  look();
});
"""
MOVED = """(value) => new Promise((done) => {
  const [slider, canvas] = [document.querySelector('[data-of=threshold]'), document.querySelector('#chart canvas')];
  const before = canvas.dataset.painted;
  const start = performance.now();
  slider.value = value;
  slider.dispatchEvent(new Event('input', { bubbles: true }));
  const painted = () => done(performance.now() - start);
  const look = () => requestAnimationFrame(canvas.dataset.painted === before ? look : painted);
  look();
})"""


def main() -> int:
    """Print medians and what is asked of them."""
    with tempfile.TemporaryDirectory() as home:
        fill(Path(home))
        platform = opened(Path(home))
        good = [*_server(create_app(platform).test_client()), *_page(platform)]
        platform.close()
    return int(not all(good))


def _server(client: FlaskClient) -> Iterator[bool]:
    took: dict[str, list[float]] = {name: [] for name in LABELS}
    sizes = dict.fromkeys(LABELS, 0)
    for run in range(RUNS + 1):
        for name, label in LABELS.items():
            threshold = (1 + run / 10) * (1.0 if "volatility_window" in label else 0.02)
            seconds, size = _asked(client, {**label, "threshold": threshold, "fee": 0.002})
            took[name].append(seconds * 1e3)
            sizes[name] = max(sizes[name], size)
    for name, times in took.items():
        yield _told(f"slider, {name}: server, ms", median(times[1:]), MAX_SERVER)
        yield _told("  gzipped, bytes", sizes[name], MAX_BYTES)


def _asked(client: FlaskClient, query: dict[str, object]) -> tuple[float, int]:
    """Processor time and bytes of a label, its statistics, and the price it is drawn on."""
    start, size = time.thread_time(), 0
    for path, arguments in (("labels/preview", query), ("chart", {"points": 2000})):
        answer = client.get(f"/api/v1/{path}", query_string=arguments, headers={"Accept-Encoding": "gzip"})
        size += len(answer.data)
        if answer.status_code != 200:
            raise RuntimeError(answer.text)
    return time.thread_time() - start, size


def _page(platform: Platform) -> Iterator[bool]:
    with _serving(platform) as url, chromium() as browser:
        cold, warm, moved = ([*times] for times in zip(*_visits(browser, url), strict=True))
    yield _told("first chart, nothing in the browser's cache, ms", median(cold), MAX_COLD)
    yield _told("first chart, again, ms", median(warm), MAX_WARM)
    yield _told("slider released to regions repainted, ms", median(moved), MAX_REPAINT)


def _visits(browser: Browser, url: str) -> Iterator[tuple[float, float, float]]:
    for run in range(RUNS):
        context = browser.new_context(viewport={"width": 1440, "height": 900})
        page = context.new_page()
        page.add_init_script(DRAWN)
        cold, warm = _drawn(page, url), _drawn(page, url)
        page.wait_for_load_state("networkidle")
        yield cold, warm, page.evaluate(MOVED, 3 + run / 10)
        context.close()


def _drawn(page: Page, url: str) -> float:
    """Milliseconds from the navigation's start until price and regions are on the screen."""
    page.goto(f"{url}/configure", wait_until="commit")
    return float(page.evaluate("window.drawn"))


@contextmanager
def _serving(platform: Platform) -> Iterator[str]:
    server = waitress.create_server(create_app(platform), host="127.0.0.1", port=0, threads=4)
    threading.Thread(target=server.run, daemon=True).start()
    yield f"http://127.0.0.1:{server.effective_port}"
    server.close()


def _told(name: str, value: float, maximum: float) -> bool:
    good = value <= maximum
    print(f"{name:60} {value:10.1f}  (at most {maximum:g}{'' if good else ': MISSED'})")  # noqa: T201
    return good


if __name__ == "__main__":
    sys.exit(main())
