"""Commands about labels and their datasets."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import click

from cli.options import api
from cli.show import console, progress_bar, show_table


@click.group()
def labels() -> None:
    """Save and list labels."""


@labels.command("save")
@click.option("--asset", default="BTC", show_default=True)
@click.option("--mode", default="touch", show_default=True, help="touch, close or triple_barrier")
@click.option("--lookahead", default=24, show_default=True, help="Hours to look ahead.")
@click.option("--threshold", default=0.02, show_default=True, help="Move to exceed, as a fraction.")
@click.option("--stop-loss", type=float, help="Fall that ends a triple barrier, in the threshold's unit.")
@click.option("--volatility-window", type=int, help="Hours whose volatility is the threshold's unit, not 1.")
@click.option("--from", "since", help="First hour; the beginning where left out.")
@click.option("--to", "until", help="Hour after the last; open-ended where left out.")
@click.option("--name", default="", help="A name of your own.")
def save(since: str, until: str, **definition: object) -> None:
    """Save a label and print its id."""
    with api() as connected:
        label = connected.send("POST", "labels", json={**definition, "from": since, "to": until})
    click.echo(label["label_id"])


@labels.command("list")
def list_() -> None:
    """List saved labels."""
    with api() as connected:
        saved = connected.get("labels")["labels"]
    show_table("Labels", saved, ["label_id", "name", "asset", "mode", "lookahead", "threshold", "models"])


@click.command()
@click.argument("label_id")
@click.option("-o", "--output", required=True, type=click.Path(dir_okay=False, path_type=Path))
def dataset(label_id: str, output: Path) -> None:
    """Download a label's dataset: .csv, .csv.gz or .parquet by the name, with its manifest beside it."""
    kind = "parquet" if output.suffix == ".parquet" else "csv"
    path = f"labels/{label_id}/dataset.{kind}"
    with api() as connected, progress_bar() as bar, _whole(output) as file:
        task = bar.add_task(f"writing {output.name}", total=None)
        for piece in connected.download(path, gzip="1" if output.suffix == ".gz" else None):
            bar.advance(task, file.write(piece))
        manifest = connected.get(f"labels/{label_id}/manifest.json")
    beside = manifest_path(output)
    beside.write_text(json.dumps(manifest, indent=2), encoding="utf-8")
    console.print(f"{manifest['rows']:,} rows in {output}, described in {beside.name}.", highlight=False)


@contextmanager
def _whole(output: Path) -> Iterator[IO[bytes]]:
    """A file that appears under its name when it is complete, or not at all."""
    partial = output.with_name(output.name + ".part")
    with partial.open("wb") as file:
        try:
            yield file
        except BaseException:
            partial.unlink()
            raise
    partial.replace(output)


def manifest_path(dataset: Path) -> Path:
    """Where the manifest of a downloaded dataset lies."""
    return dataset.with_name(dataset.name.split(".")[0] + ".manifest.json")
