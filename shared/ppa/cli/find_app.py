"""Opening the embedded warehouse, which one process at a time may: whoever comes second waits for the first.

So commands may follow `ppa run &` at once, whichever of them gets there first.
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
ANSWERS_SECONDS = 5
PATIENCE, PAUSE = 120.0, 0.25  # seconds; a first start fills its store within that


def open_or_find(settings: Settings) -> "Platform | str":
    """The platform, or the address of the app that owns it; WarehouseHeld where neither comes in two minutes."""
    deadline, told = time.monotonic() + PATIENCE, False
    while True:
        if address := noted_address(settings.home):
            return address
        # half of what a command takes, and not needed where an app answers
        from ppa.platform import open_platform

        try:
            return open_platform(settings)
        except WarehouseHeld as held:
            if time.monotonic() > deadline:
                raise
            if not told:
                click.echo(f"{held.sentence} Waiting for it.", err=True)
                told = True
        time.sleep(PAUSE)


def noted_address(home: Path) -> str | None:
    """Where an app has noted that it runs, if it answers there."""
    try:
        address = (home / ADDRESS_FILE).read_text(encoding="utf-8").strip()
        with requests.Session() as session:
            session.trust_env = False
            session.get(f"{address}/healthz", timeout=ANSWERS_SECONDS).raise_for_status()
    except (OSError, requests.RequestException):
        return None
    return address
