"""Command `ppa run`: the whole platform in one process."""

from typing import TYPE_CHECKING

import click

from ppa.cli.show import console
from ppa.cli.stopping import on_stop, stopped
from ppa.client.find_app import open_or_find
from ppa.core.errors import Conflict
from ppa.ops.settings import Settings, load_settings

if TYPE_CHECKING:
    from ppa.cli.first_run import ExampleTraining


@click.command()
def run() -> None:
    """Start the platform in one process.

    The process serves the pages and runs the functions and a timer. An empty store is first filled with history.
    """
    from ppa.ops.logs import setup_logs

    settings = load_settings()
    setup_logs(settings)
    try:
        _serve(settings)
    except BaseException:
        if not stopped():
            raise
    console.print("Stopped. All data is saved; `make run` starts the app again.")


def _serve(settings: Settings) -> None:
    from ppa.cli.first_run import ExampleTraining, fill_with_history, missing_examples
    from ppa.cli.server import Server

    with Server(settings) as server:
        platform = open_or_find(settings)
        if isinstance(platform, str):
            raise Conflict(
                f"Another process has the warehouse in {settings.home} open: the app at {platform}.",
                "Use that app, or stop it.",
            )
        try:
            fill_with_history(platform)
            examples = ExampleTraining(server.address, missing_examples(platform))
            on_stop(examples.cancel)
            try:
                server.serve(platform, lambda: _begin(server.address, examples))
            finally:
                examples.stop()
        finally:
            platform.close()


def _begin(address: str, examples: "ExampleTraining") -> None:
    console.print(f"\n  Price Prediction App: [bold]{address}[/]\n  Ctrl-C stops it.\n")
    examples.start()
