"""What commands have in common."""

from collections.abc import Iterator
from contextlib import contextmanager

from ppa.cli.client import Api, connect
from ppa.ops.settings import load_settings


@contextmanager
def api() -> Iterator[Api]:
    """The API, as the environment says."""
    with connect(load_settings()) as connected:
        yield connected
