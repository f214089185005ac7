"""What holds for every page: quiet, accessible, honest about its data, and clear when something fails."""

import pytest
from pages_helper import MAX_SHIFT, MODEL, OTHER, PATHS, Visit, violations, visiting
from playwright.sync_api import Browser, Page, expect

from tools.cost.visits import VISITS

pytestmark = pytest.mark.browser

MAX_SCRIPTS = 40_000
# computed once and kept beside the model's file, so that it costs nothing when it is asked for again
COMPUTED_ONCE = {f"models/{model}/importance" for model in (MODEL, OTHER)}
# asked by what is loaded once it comes near, and so perhaps after a test has looked
WHEN_REACHED = {
    *COMPUTED_ONCE,
    *("alerts", "labels", "policies", f"models/{MODEL}/reference", f"models/{MODEL}/policies"),
}
COSTED = {
    costed.path.format(model=MODEL): {
        q.format(model=MODEL, other="", label="").partition("?")[0] for q in costed.asked
    }
    for costed in VISITS.values()
}
COSTED["/api"] = {"openapi.json"}  # reads no table, so that it costs nothing
COSTED["/models"] |= COMPUTED_ONCE


@pytest.mark.parametrize("path", PATHS)
def test_every_page_is_quiet_and_accessible_in_both_themes(browser: Browser, site, path: str) -> None:
    with visiting(browser, site.url) as visitor:
        page = visitor.open(path).page
        for theme in ("light", "dark"):
            expect(page.locator("html")).to_have_attribute("data-theme", theme)
            assert violations(page) == []
            page.get_by_role("button", name="Switch between light and dark").click()
            visitor.settle()
        assert visitor.output == []
        assert visitor.elsewhere == []
        assert sum(value for value, _ in visitor.shifts) < MAX_SHIFT, visitor.shifts
        assert sum(visitor.scripts.values()) <= MAX_SCRIPTS


@pytest.mark.parametrize("path", PATHS)
def test_every_page_says_that_data_is_synthetic_and_asks_what_the_bill_counts(
    visit: Visit, path: str
) -> None:
    visit.open(path).look_through()
    keep = "keep tools/cost/visits.py to what the page asks, and run `make cost`"
    assert visit.questions - COSTED[path] == set(), keep
    assert COSTED[path] - visit.questions <= WHEN_REACHED, keep
    banner = visit.page.get_by_role("complementary", name="Where the data comes from")
    expect(banner).to_contain_text("Synthetic data:")
    expect(visit.page.get_by_role("contentinfo")).to_contain_text("2026-03-04 09:00")


def test_the_theme_of_the_system_is_taken(browser: Browser, site) -> None:
    with visiting(browser, site.url, theme="dark") as visitor:
        expect(visitor.open("/").page.locator("html")).to_have_attribute("data-theme", "dark")


def test_the_theme_is_kept_and_set_before_the_first_paint(visit: Visit) -> None:
    page = visit.open("/").page
    page.get_by_role("button", name="Switch between light and dark").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.goto(f"{visit.url}/system", wait_until="commit")
    page.wait_for_selector("body", state="attached")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"


@pytest.mark.parametrize("path", PATHS)
def test_a_failing_api_is_said_in_words_and_can_be_retried(browser: Browser, site, path: str) -> None:
    with visiting(browser, site.url) as visitor:
        refuse(visitor.page)
        visitor.open(path)
        words = visitor.page.get_by_role("alert").filter(has_text="The database is being moved.")
        output = words.count()
        assert output
        assert violations(visitor.page) == []
        visitor.page.unroute("**/api/v1/**")
        words.get_by_role("button", name="Try again").last.click()
        expect(words).not_to_have_count(output)


def refuse(page: Page) -> None:
    body = '{"status": 503, "code": "unavailable", "detail": "The database is being moved."}'
    page.route(
        "**/api/v1/**",
        lambda route: route.fulfill(status=503, content_type="application/problem+json", body=body),
    )


def test_an_unknown_page_says_so_and_leads_back(browser: Browser, site) -> None:
    with visiting(browser, site.url) as visitor:
        visitor.open("/nothing-here")
        expect(visitor.page.get_by_role("heading", level=1)).to_have_text("There is nothing here")
        assert violations(visitor.page) == []
