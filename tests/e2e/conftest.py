"""A site that has lived for some days, and a browser to visit it."""

import shutil
from collections.abc import Iterator
from datetime import timedelta

import pytest
from pages_helper import Visit, chromium, visiting
from playwright.sync_api import Browser
from sites import NOW, Site, live, lived, serving, ticking

from ppa.platform import open_platform
from tests.once import made_once


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site some days after `make run`, with a copy of its own of what it has lived through."""
    home = tmp_path_factory.mktemp("site")
    shutil.copytree(made_once(tmp_path_factory, "lived", live), home, dirs_exist_ok=True)
    with serving(open_platform(lived(home), clock=ticking(NOW + timedelta(seconds=1)))) as running:
        yield running


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A browser for the whole session."""
    with chromium() as running:
        yield running


@pytest.fixture
def visit(browser: Browser, site: Site) -> Iterator[Visit]:
    """A visitor of the site, whose pages must say nothing in the console and ask nobody else."""
    with visiting(browser, site.url) as visitor:
        yield visitor
        assert visitor.elsewhere == []
        assert visitor.output == []
