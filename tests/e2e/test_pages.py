"""What holds for every page: quiet, accessible, fitting, still, sortable, and clear when something fails."""

import pytest
from pages_helper import MODEL, PATHS, Theme, Visit, violations, visiting
from playwright.sync_api import Browser, Locator, Page, expect

pytestmark = pytest.mark.browser

LARGEST_SCRIPTS = 40_000
LARGEST_SHIFT = 0.1  # "good" by https://web.dev/articles/cls


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("path", PATHS)
def test_every_page_is_quiet_and_accessible(browser: Browser, site, path: str, theme: Theme) -> None:
    with visiting(browser, site.url, theme=theme) as visitor:
        visitor.open(path)
        expect(visitor.page.locator("html")).to_have_attribute("data-theme", theme)
        assert violations(visitor.page) == []
        assert visitor.said == []
        assert visitor.elsewhere == []
        assert sum(value for value, _ in visitor.shifts) < LARGEST_SHIFT, visitor.shifts
        assert sum(visitor.scripts.values()) <= LARGEST_SCRIPTS


@pytest.mark.parametrize("path", PATHS)
def test_every_page_fits_every_window(browser: Browser, site, path: str) -> None:
    with visiting(browser, site.url, width=390) as visitor:
        visitor.open(path)
        assert visitor.overflow <= 0
        assert sum(value for value, _ in visitor.shifts) < LARGEST_SHIFT, visitor.shifts
        assert violations(visitor.page) == []
        for width in (320, 1024, 2560):
            visitor.page.set_viewport_size({"width": width, "height": 900})
            assert visitor.overflow <= 0, width


@pytest.mark.parametrize("width", [390, 1440])
@pytest.mark.parametrize("path", PATHS)
def test_nothing_moves_when_answers_come_late(browser: Browser, site, path: str, width: int) -> None:
    with visiting(browser, site.url, width=width) as visitor:
        visitor.open_slowly(path)
        assert sum(value for value, _ in visitor.shifts) < LARGEST_SHIFT, visitor.shifts


@pytest.mark.parametrize("path", PATHS)
def test_every_page_says_that_data_is_synthetic(visit: Visit, path: str) -> None:
    visit.open(path)
    banner = visit.page.get_by_role("complementary", name="Where the data comes from")
    expect(banner).to_contain_text("Synthetic data:")
    expect(visit.page.get_by_role("contentinfo")).to_contain_text("2026-03-04 09:00")


@pytest.mark.parametrize("path", PATHS)
def test_the_keyboard_reaches_everything_and_shows_where_it_is(visit: Visit, path: str) -> None:
    visit.open(path)
    wanted = visit.page.evaluate(REACHABLE)
    seen, unmarked = set(), []
    for _ in range(len(wanted) + 40):
        visit.page.keyboard.press("Tab")
        where, marked = visit.page.evaluate(FOCUSED)
        seen.add(where)
        if where and not marked:
            unmarked.append(where)
    assert set(wanted) - seen == set()
    assert unmarked == []


REACHABLE = """() => {
  const all = [...document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex="0"]')];
  const shown = all.filter((one) => !one.disabled && one.checkVisibility({ visibilityProperty: true }));
  const kept = shown.filter((one) => one.type !== 'radio' || one.checked);
  kept.forEach((one, index) => { one.dataset.stop = index; });
  return kept.map((one) => one.dataset.stop);
}"""
FOCUSED = """() => {
  const one = document.activeElement;
  const style = getComputedStyle(one);
  const within = one.type === 'date'; // its parts are focused one by one, in its shadow tree
  return [one.dataset.stop ?? '', within || (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 1)];
}"""


@pytest.mark.parametrize("path", ["/models", "/live", "/system", f"/performance/{MODEL}", "/configure"])
def test_every_column_of_every_table_sorts_by_keyboard(visit: Visit, path: str) -> None:
    visit.open(path)
    tables = visit.page.locator(".scroll table").all()
    assert tables
    for table in tables:
        for head in table.locator("thead th").all():
            assert_sorts(visit.page, table, head)


def assert_sorts(page: Page, table: Locator, head: Locator) -> None:
    head.get_by_role("button").focus()
    page.keyboard.press("Enter")
    first = head.get_attribute("aria-sort")
    page.keyboard.press("Enter")
    assert {first, head.get_attribute("aria-sort")} == {"ascending", "descending"}
    expect(table.locator("th[aria-sort]")).to_have_count(1)


def test_sorting_orders_numbers_as_numbers(visit: Visit) -> None:
    page = visit.open("/system").page
    table = page.get_by_role("region", name="Series, table")
    table.get_by_role("button", name="Observations").click()
    shown = table.locator("tbody td:last-child").all_inner_texts()
    numbers = [int(text.replace(",", "")) for text in shown]
    assert numbers == sorted(numbers, reverse=True)
    assert len(set(numbers)) > 2


def test_the_theme_is_kept_and_set_before_the_first_paint(visit: Visit) -> None:
    page = visit.open("/").page
    page.get_by_role("button", name="Switch between light and dark").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.goto(f"{visit.url}/system", wait_until="commit")
    page.wait_for_selector("body", state="attached")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"


def test_the_skip_link_leads_past_the_header(visit: Visit) -> None:
    page = visit.open("/models").page
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


@pytest.mark.parametrize("path", PATHS)
def test_a_failing_api_is_said_in_words_and_can_be_retried(browser: Browser, site, path: str) -> None:
    with visiting(browser, site.url) as visitor:
        refuse(visitor.page)
        visitor.open(path)
        words = visitor.page.get_by_role("alert").filter(has_text="The database is being moved.")
        said = words.count()
        assert said
        assert violations(visitor.page) == []
        visitor.page.unroute("**/api/v1/**")
        words.get_by_role("button", name="Try again").last.click()
        expect(words).not_to_have_count(said)


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
