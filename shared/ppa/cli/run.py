"""Command `ppa run`: the whole platform in one process."""

import signal
import sys
from typing import TYPE_CHECKING

import click

from ppa.cli.find_app import open_or_find
from ppa.cli.show import console
from ppa.core.errors import Conflict
from ppa.ops.settings import load_settings

if TYPE_CHECKING:
    from ppa.cli.first_run import ExampleTraining


@click.command()
def run() -> None:
    """Start the platform in one process.

    The process serves the pages and runs the functions and a timer. An empty store is first filled with history.
    """
    from ppa.cli.first_run import ExampleTraining, fill_with_history, wanted_examples
    from ppa.cli.server import Server
    from ppa.ops.logs import setup_logs

    settings = load_settings()
    setup_logs(settings)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with Server(settings) as server:
        platform = open_or_find(settings)
        if isinstance(platform, str):
            raise Conflict(
                f"Another process has the warehouse in {settings.home} open: the app at {platform}.",
                "Use that app, or stop it.",
            )
        try:
            fill_with_history(platform)
            examples = ExampleTraining(server.address, wanted_examples(platform))
            try:
                server.serve(platform, lambda: _begin(server.address, examples))
            finally:
                examples.stop()
        finally:
            platform.close()
    console.print("Stopped. All data is saved; `make run` starts the app again.")


def _begin(address: str, examples: "ExampleTraining") -> None:
    console.print(f"\n  Price Prediction App: [bold]{address}[/]\n  Ctrl-C stops it.\n")
    examples.start()
