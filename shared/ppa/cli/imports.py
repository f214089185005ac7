"""Commands for imports: import a file, list the batches, and withdraw one."""

import json
from collections.abc import Mapping
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
    _show_result(result, dry_run=dry_run)


@click.command("import-series")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--name", "series", required=True, help="Daily or slower series of the catalogue.")
@click.option("--known-at", help="Column with the time from which each value was known.")
@click.option("--lag", help="Delay of publication after the end of a period, such as 24h.")
@click.option("--columns", default="", help="Columns by role, such as time=DATE,value=DFF.")
@click.option("--time-zone", help="UTC, if times of publication without an offset are in it.")
@click.option(
    "--dates", type=click.Choice(["day-first", "month-first"]), help="Reading of dates that fit both."
)
@click.option("--where", multiple=True, metavar="COLUMN=VALUE", help="Rows to take; repeatable.")
@click.option("--source", default="csv", show_default=True, help="Name of the source.")
@click.option(
    "--replace", "mode", flag_value="replace", help="Void older values of the source for its periods."
)
@click.option("--keep", "mode", flag_value="keep", help="Fill gaps only; stored values stay.")
@click.option("--as-revision", "mode", flag_value="revision", help="Values that differ are known from now.")
@click.option("--dry-run", is_flag=True, help="Print how the file is understood; store nothing.")
def import_series(
    file: Path, known_at: str | None, lag: str | None, columns: str, dry_run: bool, **options: Any
) -> None:
    """Import a daily or slower series from a file.

    The file has a date and a value in each row, and may have the time of publication. It is stored as a batch, which
    can be withdrawn. Without --known-at or --lag, values are known after the catalogue's lag.
    """
    named = ",".join(part for part in (columns, f"known_at={known_at}" if known_at else "") if part)
    hours = None if lag is None else lag.removesuffix("h")
    asked = options | {"name": file.name, "columns": named, "lag": hours, "dry_run": int(dry_run)}
    with api() as connected, file.open("rb") as stream:
        result = follow(connected.events("imports/series", params=asked, data=stream))
    _show_result(result, dry_run=dry_run)


def _show_result(result: Mapping[str, Any], *, dry_run: bool) -> None:
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
