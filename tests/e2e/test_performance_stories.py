"""The performance pages as people use them: origins apart, windows, fees, drift, single results."""

import csv
import re
from pathlib import Path

import pytest
from pages_helper import MODEL, Visit
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def test_performance_gives_its_verdict_first_and_keeps_origins_apart(visit: Visit) -> None:
    page = visit.open(f"/performance/{MODEL}?origin=buffer").page
    expect(page.get_by_role("radio", name=re.compile("Buffer"))).to_be_checked()
    expect(page.get_by_role("heading", level=1)).to_contain_text("effective outcomes")
    expect(page.locator("#origin-text")).to_contain_text("Never counted as live.")
    buffered = page.locator("#results tbody tr").count()
    page.get_by_role("radio", name=re.compile("Live")).check()
    expect(page).to_have_url(f"{visit.url}/performance/{MODEL}?origin=live")
    expect(page.locator("#results tbody tr")).not_to_have_count(buffered)
    page.get_by_role("radio", name=re.compile("Replay")).check()
    expect(page.locator("#results")).to_contain_text("There are no predictions of this kind.")
    expect(page.locator("#running .note")).to_contain_text("has matured yet")
    expect(page.locator("#equity .note")).to_contain_text("can be followed to its end yet")
    expect(page.locator("#expected")).to_contain_text("No prediction of this kind is open")
    expect(page.locator("#drift")).to_contain_text("There are no predictions of this kind.")
    visit.settle()


def test_a_window_narrows_every_figure_and_stays_in_the_address(visit: Visit, site) -> None:
    page = visit.open(f"/performance/{MODEL}?origin=buffer").page
    whole = page.locator("#figures").inner_text()
    page.get_by_role("radio", name="24 h").check()
    expect(page).to_have_url(f"{visit.url}/performance/{MODEL}?origin=buffer&window=24h")
    expect(page.locator("#figures")).not_to_have_text(whole)
    expect(page.locator("#confusion caption")).to_have_text("Confusion, buffer, 24 hours")
    page.reload()
    visit.settle()
    expect(page.get_by_role("radio", name="24 h")).to_be_checked()
    reported = site.api.get(f"models/{MODEL}/performance?origin=buffer&window=24h")
    expect(page.locator("#verdict")).to_have_text(reported["verdict"])
    expect(page.locator("#windows tbody tr")).to_have_count(4)


def test_a_dearer_trade_earns_less(visit: Visit) -> None:
    page = visit.open(f"/performance/{MODEL}?origin=buffer").page
    summary = page.locator("#equity .plot")
    before = summary.get_attribute("aria-label")
    page.get_by_role("spinbutton", name="Fee of a round trip").fill("5")
    expect(page).to_have_url(re.compile("fee=5"))
    expect(page.locator("#profit")).to_contain_text("after 5.00% a trade")
    expect(summary).not_to_have_attribute("aria-label", before)
    visit.settle()


def test_drift_is_told_in_words_and_what_is_open_is_estimated(visit: Visit, site) -> None:
    page = visit.open(f"/performance/{MODEL}?origin=buffer").page
    reported = site.api.get(f"models/{MODEL}/drift?origin=buffer")
    expect(page.locator("#drift tbody tr")).to_have_count(len(reported["features"]) + 1)
    shifted = sum(one["level"] == "shifted" for one in reported["features"])
    expect(page.locator("#drift-text")).to_contain_text(f"{shifted} of {len(reported['features'])} features")
    expect(page.locator("#expected")).to_contain_text("came true")


def test_results_are_sorted_by_the_server_and_shown_by_the_hundred(visit: Visit, site) -> None:
    page = visit.open(f"/performance/{MODEL}?origin=buffer").page
    total = site.api.get(f"models/{MODEL}/results?origin=buffer")["total"]
    expect(page.locator("#shown")).to_have_text(f"{min(total, 100)} of {total} hours")
    page.get_by_role("region", name="Results, table").get_by_role("button", name="Probability").click()
    first_result = site.api.get(f"models/{MODEL}/results?origin=buffer&sort=probability&limit=1")["results"][
        0
    ]
    first = page.locator("#results tbody tr").first
    expect(first.get_by_role("cell").first).to_have_text(f"{first_result['probability']:.1%}")


def test_results_are_downloaded_as_csv(visit: Visit, site) -> None:
    page = visit.open(f"/performance/{MODEL}?origin=buffer").page
    with page.expect_download() as waiting:
        page.get_by_role("link", name="Download as CSV").click()
    assert waiting.value.suggested_filename == f"{MODEL}-buffer-all.csv"
    rows = list(csv.DictReader(Path(waiting.value.path()).read_text().splitlines()))
    reported = site.api.get(f"models/{MODEL}/results?origin=buffer&limit=1000")["results"]
    assert [row["ts"] for row in rows] == [one["ts"] for one in reported]
    assert [float(row["probability"]) for row in rows] == [one["probability"] for one in reported]


def test_every_model_leads_to_its_performance_of_the_chosen_kind(visit: Visit) -> None:
    page = visit.open("/performance").page
    expect(page.locator("#models tbody tr")).to_have_count(2)
    page.get_by_role("radio", name="Buffer").check()
    expect(page).to_have_url(f"{visit.url}/performance?origin=buffer")
    visit.settle()
    page.get_by_role("link", name="example-boosting-v1").click()
    expect(page).to_have_url(f"{visit.url}/performance/{MODEL}?origin=buffer")
    visit.settle()
