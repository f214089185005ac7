"""Command `ppa models doctor`: what would happen to a model file, and why."""

from pathlib import Path

import click

from ppa.cli.show import show_verdict

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("doctor")
@click.argument("file", type=FILE)
@click.option("--data", type=FILE, help="Downloaded dataset of the training, with its manifest beside it.")
def doctor_(file: Path, data: Path | None) -> None:
    """Check whether a model file can be uploaded and converts to a program.

    Takes .skops, .ppa, .joblib and .pkl files. The last two are loaded on this machine: use your own only. Exits with
    1 if a check fails.
    """
    from ppa.client.data import read_dataset
    from ppa.client.doctor import diagnose

    verdicts = []
    for verdict in diagnose(file, read_dataset(data).X if data else None):
        show_verdict(verdict)
        verdicts.append(verdict)
    if any(verdict["outcome"] == "failed" for verdict in verdicts):
        raise click.exceptions.Exit(1)
