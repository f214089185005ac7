"""`ppa run`: the whole platform in one process."""

import signal
import sys

import click

from cli.first_run import fill_with_history, train_examples
from cli.server import Server
from cli.show import console
from shared.logs import setup_logs
from shared.platform import open_platform, use_platform
from shared.settings import load_settings


@click.command()
def run() -> None:
    """Start pages, functions and timer in one process; fill an empty store with history first."""
    settings = load_settings()
    setup_logs(settings)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with Server(settings) as server:
        platform = open_platform(settings)
        use_platform(platform)
        try:
            fill_with_history(platform)
            train_examples(platform)
            server.serve(platform, lambda: _say(server.address))
        finally:
            platform.close()
    console.print("Stopped. Everything is kept; `make run` starts it again.")


def _say(address: str) -> None:
    console.print(f"\n  Price Prediction App: [bold]{address}[/]\n  Ctrl-C stops it.\n")
