"""Saved labels, the feature list and the exploration, as people use them on the configure page."""

import json
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pages_helper import Visit, violations, visiting
from playwright.sync_api import Browser, Page, expect
from sites import NOW, Site, lived, serving, ticking

from ppa.cli.first_run import EXAMPLE_LABEL, fill_with_history
from ppa.platform import open_platform

pytestmark = pytest.mark.browser
DAY, HALF = EXAMPLE_LABEL["name"], "Half a day, 1.5%"


@pytest.fixture
def page(visit: Visit, site) -> Page:
    """The configure page down at its saved labels, of which there are two."""
    site.api.send("POST", "labels", json={"lookahead": 12, "threshold": 0.015, "name": HALF})
    opened = visit.open("/configure").page
    opened.locator("#labels").scroll_into_view_if_needed()
    expect(opened.locator("#labels table")).to_be_visible()
    return opened


def test_labels_are_put_side_by_side(page: Page) -> None:
    page.get_by_role("checkbox", name=f"Compare {DAY}").check()
    expect(page.locator("#pairs")).to_contain_text("Tick one more")
    page.get_by_role("checkbox", name=f"Compare {HALF}").check()
    sides = page.get_by_role("region", name="Labels side by side")
    expect(sides.get_by_role("columnheader")).to_have_count(2)
    expect(sides.get_by_role("row", name="Independent events")).to_be_visible()
    words = re.compile(r"Of [\d,]+ hours that both know, both call [\d,]+ a rise")
    expect(page.locator("#pairs .balance")).to_have_attribute("aria-label", words)
    assert violations(page) == []


def test_a_label_is_archived_and_brought_back_and_an_active_ones_is_not(visit: Visit, page: Page) -> None:
    page.get_by_role("button", name=f"Archive {HALF}").click()
    expect(page.locator("#labels-message")).to_contain_text("is archived: hidden here")
    expect(page.get_by_role("button", name=f"Open {HALF}")).to_have_count(0)
    page.get_by_role("button", name=re.compile(r"Show \d archived")).click()
    page.get_by_role("button", name=f"Unarchive {HALF}").click()
    expect(page.locator("#labels-message")).to_contain_text("is listed again")
    page.get_by_role("button", name=f"Archive {DAY}").click()
    expect(page.locator("#labels-message")).to_contain_text("cannot be archived while example-")
    (refused,) = visit.output
    assert "409" in refused
    visit.output.clear()


def test_a_clone_is_in_the_controls_under_a_new_name(page: Page) -> None:
    page.get_by_role("button", name=f"Clone {HALF}").click()
    expect(page.get_by_role("spinbutton", name="Look-ahead, hours")).to_have_value("12")
    expect(page.get_by_label("Name of the label")).to_have_value(f"{HALF}, changed")
    expect(page.locator("#save-message")).to_contain_text(f"A copy of {HALF}")


def test_a_download_is_cut_to_a_range_and_read_in_three_lines(page: Page) -> None:
    page.get_by_label("from", exact=True).fill("2025-02-01")
    page.get_by_label("before", exact=True).fill("2025-03-01")
    file = page.get_by_role("link", name=f"{HALF} as Parquet")
    expect(file).to_have_attribute("href", re.compile(r"dataset\.parquet\?from=2025-02-01&to=2025-03-01$"))
    page.get_by_role("button", name=f"Python for {HALF}").click()
    code = page.locator("#snippet code")
    for way in ("Client", "pandas", "Command line"):
        page.get_by_role("button", name=way).click()
        expect(code).to_contain_text("2025-02-01")
        assert len(code.inner_text().splitlines()) == 3


def test_the_keyboard_goes_from_the_search_along_the_features(visit: Visit) -> None:
    page = visit.open("/configure").page
    page.get_by_role("searchbox", name="Search features").fill("btc return")
    expect(page.locator("#feature-count")).to_have_text(re.compile(r"^\d of \d+$"))
    expect(page.locator("#features label").first).to_contain_text(
        re.compile(r"· [\d.]+% since \d{4}-\d\d-\d\d")
    )
    expect(page.locator("#features .strip path").first).to_have_attribute("d", re.compile("^M"))
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    expect(page).to_have_url(re.compile("features=btc_usd_return"))
    page.keyboard.press("Escape")
    expect(page.get_by_role("searchbox", name="Search features")).to_be_focused()


def test_a_label_is_explored_in_pictures_with_their_words_and_tables(visit: Visit) -> None:
    page = visit.open("/configure?explore=btc_usd_return_24h").page
    expect(page.locator("#missing .plot")).to_have_attribute(
        "aria-label", re.compile(r"lacks most, .*btc_usd_return_24h lacks")
    )
    expect(page.locator("#overlap")).to_contain_text("non-overlapping windows")
    words = {
        "information": r"Strongest is \w+ with [\d.]+ bits, where chance brings",
        "correlation": r"Strongest by rank is \w+ with .?[\d.]+; 95% of features without any relation",
        "distribution": r"hours before a rise and [\d,]+ before none have a value",
    }
    for figure, output in words.items():
        expect(page.locator(f"#{figure} .plot")).to_have_attribute("aria-label", re.compile(output))
    page.locator("#information summary").click()
    expect(page.locator("#information .as-table tbody tr")).to_have_count(97)
    page.locator("#explore-feature").select_option("vix")
    expect(page.locator("#distribution .title")).to_have_text("vix by what followed")
    expect(page).to_have_url(re.compile("explore=vix"))
    page.get_by_role("spinbutton", name="Look-ahead, hours").fill("6")
    expect(page.locator("#correlation .title")).to_contain_text("next 6 hours")
    assert violations(page) == []
    assert visit.output == []
    assert visit.overflow <= 0


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Site]:
    """A site for one test alone, to which it may upload, with three months of history and a label."""
    settings = replace(lived(tmp_path / "home"), history_from=datetime(2025, 12, 1, tzinfo=UTC))
    with serving(open_platform(settings, clock=ticking(NOW))) as running:
        fill_with_history(running.platform)
        running.api.send("POST", "labels", json=EXAMPLE_LABEL)
        yield running


def test_downloaded_files_are_trained_on_by_the_command_and_in_the_notebook(
    browser: Browser, own: Site, tmp_path: Path
) -> None:
    with visiting(browser, own.url) as visitor:
        page = visitor.open("/configure").page
        page.locator("#labels").scroll_into_view_if_needed()
        for name in (f"{DAY} as CSV", f"Manifest of {DAY}", f"Notebook that trains on {DAY}"):
            with page.expect_download() as download:
                page.get_by_role("link", name=name).click()
            download.value.save_as(tmp_path / download.value.suggested_filename)
        command = page.locator("#snippet code").inner_text().splitlines()[-1]
    [notebook] = tmp_path.glob("*.ipynb")
    cells = [
        cell["source"] for cell in json.loads(notebook.read_text())["cells"] if cell["cell_type"] == "code"
    ]
    script = "\n".join("".join(source) for source in cells)
    ppa = Path(sys.executable).with_name("ppa")
    for line in (command.replace(" ppa ", f" {ppa} "), shlex.join([sys.executable, "-c", script])):
        done = subprocess.run(line, shell=True, cwd=tmp_path, capture_output=True, text=True)  # noqa: S602
        assert done.returncode == 0, done.stderr
    names = {model["name"] for model in own.api.get("models")["models"]}
    assert {"my-model", notebook.stem.removesuffix("-synthetic")} <= names
