"""The command that downloads a label's dataset."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import click

from ppa.cli.options import api
from ppa.cli.show import console, progress_bar

ENDINGS = (".csv", ".csv.gz", ".parquet")


@click.command()
@click.argument("label_id")
@click.option("-o", "--output", required=True, type=click.Path(dir_okay=False, path_type=Path))
@click.option("--from", "since", help="First hour; the label's own where left out.")
@click.option("--to", "until", help="Hour after the last; the label's own where left out.")
@click.option(
    "--comments", is_flag=True, help="Put the manifest into the CSV too, as lines that begin with #."
)
def dataset(label_id: str, output: Path, since: str, until: str, comments: bool) -> None:
    """Download a label's dataset: .csv, .csv.gz or .parquet by the name, with its manifest beside it."""
    kind = _kind(output)
    options = {"gzip": kind.endswith(".gz") or None, "manifest": comments or None, "from": since, "to": until}
    given = {name: int(value) if value is True else value for name, value in options.items()}
    with api() as connected, progress_bar() as bar, whole(output) as file:
        task = bar.add_task(f"writing {output.name}", total=None)
        manifest = connected.get(f"labels/{label_id}/manifest.json", **given)
        path = f"labels/{label_id}/dataset.{kind.removesuffix('.gz')}"
        for piece in connected.download(path, sha256=manifest["sha256"], **given):
            bar.advance(task, file.write(piece))
    beside = manifest_path(output)
    beside.write_text(json.dumps(manifest, indent=2), encoding="utf-8")
    console.print(f"{manifest['rows']:,} rows in {output}, described in {beside.name}.", highlight=False)


def manifest_path(dataset: Path) -> Path:
    """Where the manifest of a downloaded dataset lies: `btc.csv.gz` has `btc.manifest.json` beside it."""
    return dataset.with_name(dataset.name.removesuffix(f".{_kind(dataset)}") + ".manifest.json")


def _kind(output: Path) -> str:
    endings = [ending for ending in ENDINGS if output.name.endswith(ending)]
    if not endings:
        raise click.BadParameter(f"{output.name} must end in {', '.join(ENDINGS)}.", param_hint="--output")
    return endings[0].removeprefix(".")


@contextmanager
def whole(output: Path) -> Iterator[IO[bytes]]:
    """A file that appears under its name when it is complete, or not at all."""
    partial = output.with_name(output.name + ".part")
    with partial.open("wb") as file:
        try:
            yield file
        except BaseException:
            partial.unlink()
            raise
    partial.replace(output)
