"""Commands for imports: import a file, list the batches, and withdraw one."""

import json
from pathlib import Path
from typing import Any

import click

from ppa.cli.options import api
from ppa.cli.reading_options import reading_options, reading_parameters
from ppa.cli.show import console, follow, show_table


@click.command("import-csv")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--asset", default="BTC", show_default=True, help="Asset of the bars.")
@click.option("--source", default="csv", show_default=True, help="Name of the source, such as an exchange.")
@click.option(
    "--replace", "mode", flag_value="replace", help="Void older values of the source for its hours."
)
@click.option("--keep", "mode", flag_value="keep", help="Fill gaps only; stored values stay.")
@click.option("--as-revision", "mode", flag_value="revision", help="Values that differ are known from now.")
@click.option("--dry-run", is_flag=True, help="Print how the file is understood; store nothing.")
@reading_options
def import_csv(file: Path, asset: str, source: str, mode: str | None, dry_run: bool, **reading: Any) -> None:
    """Import price bars from a file.

    The file holds hourly or minute bars as CSV, JSON or Parquet, plain or packed. It is stored as a batch, which can be
    withdrawn. A file that contradicts stored values of the same source is refused, unless --replace, --keep or
    --as-revision says what to do.
    """
    options = reading_parameters(file, asset, **reading)
    options |= {"source": source, "mode": mode, "dry_run": int(dry_run)}
    with api() as connected, file.open("rb") as stream:
        result = follow(connected.events("imports", params=options, data=stream))
    if dry_run:
        console.print("Dry run: nothing is stored.")
        return
    console.print(f"Imported: {result['stage']}.", highlight=False)
    console.print(f"Batch {result['batch']['batch_id']}.", highlight=False)


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def imports(as_json: bool) -> None:
    """List the import batches, newest first."""
    with api() as connected:
        listed = connected.get("imports")["imports"]
    if as_json:
        click.echo(json.dumps(listed, indent=2))
    else:
        columns = [
            "batch_id",
            "state",
            "subject",
            "source",
            "file",
            "mode",
            "rows",
            "first",
            "last",
            "at",
            "by",
        ]
        show_table("Imports", listed, columns)


@click.command()
@click.argument("batch_id")
@click.option("--reason", default="", help="Reason, recorded with the withdrawal.")
def withdraw(batch_id: str, reason: str) -> None:
    """Withdraw an import batch.

    Its values count nowhere any more, and rows are rebuilt as if they had never come. Nothing is deleted.
    """
    with api() as connected:
        result = follow(connected.events(f"imports/{batch_id}/withdrawal", json={"reason": reason}))
    console.print(f"Withdrawn: {result['stage']}.", highlight=False)
