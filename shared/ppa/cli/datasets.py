"""Command that downloads the dataset of a label."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import click

from ppa.cli.options import api
from ppa.cli.show import console, progress_bar
from ppa.core.dataset_names import ENDINGS, manifest_name


@click.command()
@click.argument("label_id")
@click.option("-o", "--output", required=True, type=click.Path(dir_okay=False, path_type=Path))
@click.option("--from", "since", help="First hour; by default that of the label.")
@click.option("--to", "until", help="End, exclusive; by default that of the label.")
@click.option("--comments", is_flag=True, help="Prepend the manifest to the CSV as lines that begin with #.")
def dataset(label_id: str, output: Path, since: str, until: str, comments: bool) -> None:
    """Download a label's dataset with its manifest.

    The name of the output selects the format: .csv, .csv.gz or .parquet.
    """
    kind = _kind(output)
    options = {"gzip": kind.endswith(".gz") or None, "manifest": comments or None, "from": since, "to": until}
    given = {name: int(value) if value is True else value for name, value in options.items()}
    with api() as connected, progress_bar() as bar, atomic_write(output) as file:
        task = bar.add_task(f"writing {output.name}", total=None)
        manifest = connected.get(f"labels/{label_id}/manifest.json", **given)
        path = f"labels/{label_id}/dataset.{kind.removesuffix('.gz')}"
        for piece in connected.download(path, sha256=manifest["sha256"], **given):
            bar.advance(task, file.write(piece))
    for warning in manifest["warnings"]:
        console.print(
            f"Do not train on this: {warning}", style="red", markup=False, highlight=False, soft_wrap=True
        )
    manifest_file = output.with_name(manifest_name(output.name))
    manifest_file.write_text(json.dumps(manifest, indent=2), encoding="utf-8")
    console.print(
        f"{manifest['rows']:,} rows in {output}, manifest in {manifest_file.name}.", highlight=False
    )


def _kind(output: Path) -> str:
    endings = [ending for ending in ENDINGS if output.name.endswith(ending)]
    if not endings:
        raise click.BadParameter(f"{output.name} must end in {', '.join(ENDINGS)}.", param_hint="--output")
    return endings[0].removeprefix(".")


@contextmanager
def atomic_write(output: Path) -> Iterator[IO[bytes]]:
    """Write `output` atomically: the file appears under its name only when it is complete."""
    partial = output.with_name(output.name + ".part")
    with partial.open("wb") as file:
        try:
            yield file
        except BaseException:
            partial.unlink()
            raise
    partial.replace(output)
