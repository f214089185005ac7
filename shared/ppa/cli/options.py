"""Shared helpers of the commands."""

from collections.abc import Iterator
from contextlib import contextmanager

from ppa.client.api import Api, connect_api
from ppa.ops.settings import load_settings


@contextmanager
def api() -> Iterator[Api]:
    """Connect to the API selected by the environment."""
    with connect_api(load_settings()) as connected:
        yield connected
