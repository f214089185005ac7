"""Open the embedded warehouse, or find the running app that has it open.

Only one process can open the warehouse. Others wait for it, so that commands can follow `ppa run &` at once.
"""

import time
from pathlib import Path
from typing import TYPE_CHECKING

import click
import requests

from ppa.core.errors import WarehouseHeld
from ppa.ops.settings import Settings

if TYPE_CHECKING:
    from ppa.platform import Platform

ADDRESS_FILE = "address"
RESPONSE_SECONDS = 5
TIMEOUT, PAUSE = 120.0, 0.25  # seconds; long enough for a first start to fill its store


def open_or_find(settings: Settings) -> "Platform | str":
    """Open the platform, or return the address of the app that has it open; WarehouseHeld after two minutes."""
    deadline, announced = time.monotonic() + TIMEOUT, False
    while True:
        if address := noted_address(settings.home):
            return address
        # imported here: slow, and not needed if an app is running
        from ppa.platform import open_platform

        try:
            return open_platform(settings)
        except WarehouseHeld as held:
            if time.monotonic() > deadline:
                raise
            if not announced:
                click.echo(f"{held.sentence} Waiting for it.", err=True)
                announced = True
        time.sleep(PAUSE)


def noted_address(home: Path) -> str | None:
    """Address stored by a running app, if the app responds."""
    try:
        address = (home / ADDRESS_FILE).read_text(encoding="utf-8").strip()
        with requests.Session() as session:
            session.trust_env = False
            session.get(f"{address}/healthz", timeout=RESPONSE_SECONDS).raise_for_status()
    except (OSError, requests.RequestException):
        return None
    return address
