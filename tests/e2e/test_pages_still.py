"""Pages fit their window, and nothing on them jumps."""

import pytest
from pages_helper import MAX_SHIFT, PATHS, violations, visiting
from playwright.sync_api import Browser

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("path", PATHS)
def test_every_page_fits_every_window(browser: Browser, site, path: str) -> None:
    with visiting(browser, site.url, width=390) as visitor:
        visitor.open(path)
        assert visitor.overflow <= 0
        assert sum(value for value, _ in visitor.shifts) < MAX_SHIFT, visitor.shifts
        assert violations(visitor.page) == []
        for width in (320, 1024, 2560):
            visitor.page.set_viewport_size({"width": width, "height": 900})
            assert visitor.overflow <= 0, width


@pytest.mark.parametrize("width", [390, pytest.param(1440, marks=pytest.mark.torture)])
@pytest.mark.parametrize("path", PATHS)
def test_nothing_moves_when_answers_come_late(browser: Browser, site, path: str, width: int) -> None:
    with visiting(browser, site.url, width=width) as visitor:
        visitor.open_slowly(path)
        assert sum(value for value, _ in visitor.shifts) < MAX_SHIFT, visitor.shifts
