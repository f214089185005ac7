"""Commands about data: import, replay, proof of parity, the catalogue."""

import json
import sys
from pathlib import Path

import click

from ppa.cli.datasets import whole
from ppa.cli.options import api
from ppa.cli.show import console, follow, show_table


@click.command("import-csv")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--asset", default="BTC", show_default=True, help="Asset whose bars the file holds.")
@click.option("--columns", help="Names of the columns, separated by commas, for a file without a header.")
@click.option(
    "--time-zone", help="Zone of the file's times, where the file does not tell: UTC, Europe/Berlin, …"
)
def import_csv(file: Path, asset: str, columns: str | None, time_zone: str | None) -> None:
    """Import hourly or minute bars from a CSV file, plain or gzipped."""
    options = {"name": file.name, "asset": asset, "columns": columns, "time_zone": time_zone}
    with api() as connected, file.open("rb") as stream:
        result = follow(connected.events("imports", params=options, data=stream))
    console.print(f"Imported: {result['stage']}.")


@click.command()
@click.option("--from", "since", required=True, help="First hour, such as 2022-07-01.")
@click.option("--to", "until", required=True, help="Hour after the last.")
def replay(since: str, until: str) -> None:
    """Run the hourly job over past hours, with the clock set to when each was due."""
    with api() as connected:
        result = follow(connected.events("replay", json={"from": since, "to": until}))
    console.print(f"Replayed: {result['stage']}.")


@click.group()
def verify() -> None:
    """Prove things."""


@verify.command()
@click.option("--from", "since", help="First hour; the beginning where left out.")
@click.option("--to", "until", help="Hour after the last; the end where left out.")
def parity(since: str | None, until: str | None) -> None:
    """Make past rows again from observations and compare them bit for bit; exits with 1 where any differs."""
    with api() as connected:
        found = connected.get("parity", from_=since, to=until)
    for difference in found["differences"]:
        named = ", ".join(difference["columns"]) or "its hash"
        console.print(f"{difference['hour']}: {difference['what']} differs in {named}.", style="red")
    count = len(found["differences"])
    console.print(
        f"{found['rows']:,} rows and {found['vectors']:,} predicted vectors compared, {count} differ."
    )
    sys.exit(1 if count else 0)


@click.group()
def data() -> None:
    """What there is."""


@data.command()
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def features(as_json: bool) -> None:
    """Every feature of a row, in order."""
    with api() as connected:
        listed = connected.get("features")["features"]
    if as_json:
        click.echo(json.dumps(listed, indent=2))
    else:
        show_table("Features", listed, ["name", "group", "unit", "cadence", "description"])


@data.command()
@click.option("-o", "--output", required=True, type=click.Path(dir_okay=False, path_type=Path))
@click.option("--from", "since", help="First hour; the beginning where left out.")
@click.option("--to", "until", help="Hour after the last; the end where left out.")
def ages(output: Path, since: str | None, until: str | None) -> None:
    """How old each daily or slower series was in every row, in hours, as CSV."""
    with api() as connected, whole(output) as file:
        for piece in connected.download("features/ages.csv", from_=since, to=until):
            file.write(piece)
    console.print(f"Wrote {output}.", highlight=False)


@data.command(name="status")
def data_status() -> None:
    """Per series: who served it, how fresh it is, and what failed, in the provider's own words."""
    with api() as connected:
        state = connected.get("status")
    columns = ["name", "source", "newest_event", "known_at", "age_hours", "late", "observations", "failure"]
    show_table("Series", state["series"], columns)
    show_table("Providers", state["providers"], ["provider", "used", "per_day", "free_at"])
    for what, words in state["failures"].items():
        console.print(f"{what}: {words}", style="red", markup=False, highlight=False, soft_wrap=True)
    console.print(state["source_note"], highlight=False)


@data.command()
def plan() -> None:
    """What the daily and slower series need of each provider's calls."""
    with api() as connected:
        parts = connected.get("data/plan")["plan"]
    for part in parts:
        console.print(f"{part['sentence']}.", highlight=False, soft_wrap=True)
    if not parts:
        console.print("Nothing is planned: no provider is called over the network here.")


@data.command()
@click.option("--from", "since", help="First period; the beginning where left out.")
@click.option("--to", "until", help="Period after the last; the end where left out.")
def check(since: str | None, until: str | None) -> None:
    """Look for gaps, duplicates, frozen or impossible values, disagreement and shifted time zones; exits with 1."""
    with api() as connected:
        checked = connected.get("data/check", from_=since, to=until)
    for finding in checked["findings"]:
        console.print(
            f"{finding['kind']}: {finding['sentence']}", style="yellow", markup=False, soft_wrap=True
        )
    for words in checked["unanswered"]:
        console.print(f"Not compared: {words}", markup=False, highlight=False, soft_wrap=True)
    count = len(checked["findings"])
    console.print(f"{checked['observations']:,} observations looked at, {count} findings.", highlight=False)
    sys.exit(1 if count else 0)
