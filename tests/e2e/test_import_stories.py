"""A file of bars on the page Import: dropped, previewed, stored, listed, its finding acknowledged, withdrawn."""

import base64
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pages_helper import Visit, violations, visiting
from playwright.sync_api import Browser, expect
from sites import NOW, Site, serving, ticking

from ppa.ops.settings import Settings
from ppa.platform import open_platform

pytestmark = pytest.mark.browser

HOURS = 400
DROP = """(area, text) => {
  const bytes = Uint8Array.from(atob(text), letter => letter.charCodeAt(0));
  const dataTransfer = new DataTransfer();
  dataTransfer.items.add(new File([bytes], "mine.csv", { type: "text/csv" }));
  area.dispatchEvent(new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true }));
}"""


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Site]:
    """An empty home of files."""
    settings = Settings(home=tmp_path / "home", source="csv")
    with serving(open_platform(settings, clock=ticking(NOW))) as running:
        yield running


@pytest.fixture
def visitor(browser: Browser, home: Site) -> Iterator[Visit]:
    """A visitor of the page Import, on which nothing is wrong at the end."""
    with visiting(browser, home.url) as opened:
        yield opened.open("/imports")
        opened.settle()
        assert violations(opened.page) == []
        assert (opened.output, opened.elsewhere) == ([], [])


def bars_with_hours_twice() -> bytes:
    """A file in which ten bars are there again a hundred hours later."""
    steps = np.random.default_rng(1).normal(0, 0.001, HOURS)
    closes = 60_000 * np.exp(steps.cumsum())
    opens = np.append(closes[0], closes[:-1])
    prices = {"open": opens, "high": np.maximum(opens, closes) * 1.001}
    prices |= {"low": np.minimum(opens, closes) * 0.999, "close": closes, "volume": closes / 1000}
    hours = pd.date_range("2026-01-01", periods=HOURS, freq="h", tz="UTC", name="time")
    frame = pd.DataFrame(prices, index=hours).round(4)
    frame.iloc[300:310] = frame.iloc[200:210].to_numpy()
    return frame.to_csv().encode()


def test_a_dropped_file_is_shown_stored_listed_and_withdrawn(visitor: Visit, home: Site):
    page = visitor.page
    expect(page.locator("#batches")).to_contain_text("Nothing has been imported.")
    page.locator("#drop").evaluate(DROP, base64.b64encode(bars_with_hours_twice()).decode())
    expect(page.locator("#preview-head")).to_be_focused()
    expect(page.locator("#understood")).to_contain_text("2026-01-01 00:00")
    expect(page.locator("#columns")).to_contain_text("close")
    expect(page.locator("#findings")).to_contain_text("10 bars equal those of 100 hours before")
    assert home.api.get("imports")["imports"] == [], "a preview stores nothing"
    page.get_by_role("button", name="Store 400 hours").click()
    expect(page.locator("#message")).to_contain_text("Stored as btc-")
    (batch,) = home.api.get("imports")["imports"]
    row = page.locator("#batches").get_by_role("row").filter(has_text=batch["batch_id"])
    expect(row).to_contain_text("mine.csv")
    expect(page.locator("#open")).to_contain_text("10 bars equal those of 100 hours before")
    page.locator("#open").get_by_label("Reason").fill("The market was closed.")
    page.get_by_role("button", name="Acknowledge").click()
    expect(page.locator("#open")).to_contain_text("No serious finding is open.")
    (finding,) = home.api.get("data/findings")["findings"]
    assert finding["reason"] == "The market was closed."
    row.get_by_role("button", name="Withdraw").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Reason").fill("Another coin's file.")
    dialog.get_by_role("button", name="Withdraw").click()
    expect(row).to_contain_text(": Another coin's file.")
    assert home.api.get(f"imports/{batch['batch_id']}")["state"] == "withdrawn"
    assert home.api.get("data/findings")["findings"] == [], "what does not count has no findings"
