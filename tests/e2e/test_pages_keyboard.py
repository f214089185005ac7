"""Everything on the pages can be done by keyboard, and tables sort."""

import pytest
from pages_helper import MODEL, PATHS, Visit
from playwright.sync_api import Locator, Page, expect

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("path", PATHS)
def test_the_keyboard_reaches_everything_and_shows_where_it_is(visit: Visit, path: str) -> None:
    visit.open(path).look_through()
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
    visit.open(path).look_through()
    tables = visit.page.locator(".scroll:visible table").all()
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


def test_the_skip_link_leads_past_the_header(visit: Visit) -> None:
    page = visit.open("/models").page
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
