"""The live page as people leave it open: it follows the price and the hours by itself, and says when it cannot."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from pages_helper import MODEL, OTHER, Visit, visiting
from playwright.sync_api import Browser, Page, Response, Route, expect
from sites import NOW, Site

from ppa.core.times import utc
from ppa.storage.arrow import rows_table

pytestmark = pytest.mark.browser

POLL = "dispatchEvent(new Event('online'))"  # what the browser says when it is connected again


@pytest.fixture
def alone(browser: Browser, site: Site) -> Iterator[Visit]:
    """A visitor whose console may speak of lost connections."""
    with visiting(browser, site.url) as visitor:
        yield visitor


def is_live(answer: Response) -> bool:
    return "/api/v1/live?" in answer.url


def polled(page: Page) -> Response:
    with page.expect_response(is_live) as waiting:
        page.evaluate(POLL)
    return waiting.value


def test_predictions_are_told_apart_by_shape_and_counted_by_origin(visit: Visit) -> None:
    page = visit.open(f"/live?asset=BTC&days=7&models={MODEL}").page
    words = re.compile(r"\d+ live predictions, .*\d+ buffer predictions")
    expect(page.locator("#chart .plot")).to_have_attribute("aria-label", words)
    symbols = page.evaluate("document.querySelector('#chart .plot').data[1].marker.symbol")
    assert {symbol.split("-")[1] for symbol in symbols} == {"up", "down"}
    assert len(set(symbols)) > 3
    band = page.evaluate(
        "document.querySelector('#chart .plot').data.find((one) => one.type === 'heatmap').z[0]"
    )
    assert all(value is None or 0 <= value <= 1 for value in band)
    expect(page.locator("#next [data-until]").first).to_have_text(re.compile(r"^\d+:\d\d:\d\d$"))
    expect(page.locator("#next-outcome [data-until]")).to_have_text(re.compile(r"^\d+:\d\d:\d\d$"))
    expect(page.locator("#pulse")).to_contain_text("Current to the hour 2026-03-04 09:00")


def test_what_changed_arrives_by_itself_and_nothing_is_sent_where_nothing_did(
    visit: Visit, site: Site
) -> None:
    page = visit.open("/live").page
    page.evaluate("window.stayed = true")
    assert polled(page).status == 304
    quote = {"asset": "BTC", "ts": utc(NOW + timedelta(seconds=5)), "price": 123_456.78, "source": "a test"}
    site.platform.warehouse.merge("quotes", rows_table([quote]))
    moved = polled(page)
    assert moved.status == 200
    assert len(moved.body()) < 1000
    expect(page.locator("#quote .big")).to_have_text("123,456.78")
    expect(page).to_have_title(re.compile("^123,456.78 BTC/USD"))
    assert polled(page).status == 304
    assert page.evaluate("window.stayed") is True


def test_a_new_hour_joins_what_is_there_without_moving_it(visit: Visit) -> None:
    page = visit.open(f"/live?models={MODEL}").page
    page.get_by_role("region", name="Next outcomes, table").get_by_role("button", name="Probability").click()
    before = page.locator("#next tbody tr").count()
    page.evaluate("window.stayed = true")
    page.route("**/api/v1/live?*", an_hour_later)
    polled(page)
    expect(page.locator("#next tbody tr")).to_have_count(before + 1)
    expect(page.locator("#next tbody")).to_contain_text("2026-03-04 10:00")
    expect(page.locator("#next th[aria-sort]")).to_have_text("Probability")
    expect(page.locator("#pulse")).to_contain_text("Current to the hour 2026-03-04 10:00")
    assert page.evaluate("window.stayed") is True
    assert sum(value for value, _ in visit.shifts) < 0.1


def an_hour_later(route: Route) -> None:
    """The app's own answer with one more hour in it."""
    whole = re.sub(r"have=\w*", "", route.request.url)
    body = route.fetch(url=whole, headers={**route.request.headers, "if-none-match": ""}).json()
    view = body["view"]
    view["close"].append(view["close"][-1])
    reported = view["answers"][MODEL]
    reported["hour"].append(len(view["close"]) - 1)
    reported["origin"] += "l"
    for name, value in {
        "probability": 0.9,
        "decision": 1,
        "outcome": None,
        "price": 1.0,
        "target": 1.02,
    }.items():
        reported[name].append(value)
    route.fulfill(body=json.dumps(body), headers={"ETag": '"another"', "Content-Type": "application/json"})


def test_models_are_overlaid_and_ranked_and_the_address_keeps_it(visit: Visit) -> None:
    page = visit.open("/live").page
    expect(page.locator("#coverage .strip-row")).to_have_count(2)
    page.get_by_role("checkbox", name=OTHER).uncheck()
    expect(page.locator("#coverage .strip-row")).to_have_count(1)
    page.get_by_label("Rank models by").select_option(label="Brier score")
    expect(page).to_have_url(re.compile(rf"rank=brier&models={MODEL}$"))
    visit.settle()
    page.reload()
    visit.settle()
    expect(page.locator("#coverage .strip-row")).to_have_count(1)
    expect(page.get_by_role("checkbox", name=OTHER)).not_to_be_checked()
    expect(page.get_by_label("Rank models by")).to_have_value("brier")


def test_what_models_say_together_is_no_vote_of_independent_ones(visit: Visit) -> None:
    page = visit.open("/live").page
    expect(page.locator("#consensus")).to_contain_text(re.compile(r"\d of 2 say"))
    expect(page.locator("#consensus")).to_contain_text("Not independent")


def test_every_hour_explains_itself_by_pointer_and_by_keyboard(visit: Visit) -> None:
    page = visit.open(f"/live?models={MODEL}").page
    strip, reported = (
        page.get_by_role("listbox", name=re.compile("^Coverage of")),
        page.locator("#coverage .status"),
    )
    expect(reported).to_contain_text("of 168 h predicted")
    strip.focus()
    expect(reported).to_contain_text("predicted live")
    page.keyboard.press("ArrowLeft")
    chosen = strip.get_by_role("option", selected=True)
    expect(chosen).to_have_attribute("aria-label", reported.inner_text())
    strip.locator(".buffer").first.hover()
    expect(reported).to_contain_text("buffered at activation")
    page.keyboard.press("Escape")
    expect(reported).to_contain_text("of 168 h predicted")


def test_a_lost_connection_is_said_and_heals(alone: Visit) -> None:
    page = alone.open("/live").page
    expect(page.locator("#pulse")).to_contain_text("Current")
    page.context.set_offline(True)
    page.get_by_label("Span").select_option(label="2 days")
    expect(page.locator("#pulse")).to_contain_text(re.compile(r"Connection lost, last update \d\d:\d\d:\d\d"))
    expect(page.locator("#next table")).to_be_visible()
    page.context.set_offline(False)
    expect(page.locator("#pulse")).to_contain_text("Current")


def test_data_that_stopped_coming_is_said_to_be_stale(alone: Visit) -> None:
    alone.page.clock.install()
    page = alone.open("/live").page
    expect(page.locator("#pulse")).to_contain_text("Current")
    page.clock.fast_forward("04:00:00")
    expect(page.locator("#pulse")).to_contain_text("Stale: the newest hour is 2026-03-04 09:00")
    expect(page.locator("#quote .old")).to_contain_text("old")


def test_an_hour_without_a_prediction_says_what_happened_what_it_means_and_what_to_do(visit: Visit) -> None:
    detail = (
        "The bar of 2026-03-04 07:00 had not arrived, so features based on it are missing: btc_usd_return_1h."
    )

    def without(route: Route) -> None:
        body = route.fetch().json()
        if body["view"]:
            reported = body["view"]["answers"][MODEL]
            reported["gaps"][str(reported["hour"][-1])] = ["stale_feature", detail]
        route.fulfill(json=body)

    visit.page.route("**/api/v1/live?*", without)
    page = visit.open("/live").page
    row = page.get_by_role("region", name="Hours without a prediction, table").locator("tbody tr")
    for words in (
        "stale feature",
        detail,
        "is missing, or its newest value is too old",
        "None for a single hour",
    ):
        expect(row).to_contain_text(words)
    page.get_by_role("listbox", name=f"Coverage of {MODEL}").focus()
    expect(page.locator(".strip-row", has_text=MODEL)).to_contain_text("None for a single hour")
