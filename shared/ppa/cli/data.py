"""Commands for data: replay, parity check, catalogue and status."""

import json
import sys
from pathlib import Path

import click

from ppa.cli.datasets import atomic_write
from ppa.cli.findings import acknowledge, findings
from ppa.cli.imports import imports, withdraw
from ppa.cli.options import api
from ppa.cli.show import console, follow, show_table


@click.command()
@click.option("--from", "since", required=True, help="First hour, such as 2022-07-01.")
@click.option("--to", "until", required=True, help="End, exclusive.")
def replay(since: str, until: str) -> None:
    """Run the hourly job over past hours.

    The clock is set to the due time of each hour.
    """
    with api() as connected:
        result = follow(connected.events("replay", json={"from": since, "to": until}))
    console.print(f"Replayed: {result['stage']}.")


@click.group()
def verify() -> None:
    """Verify stored data."""


@verify.command()
@click.option("--from", "since", help="First hour; by default the first one stored.")
@click.option("--to", "until", help="End, exclusive; by default after the last hour stored.")
def parity(since: str | None, until: str | None) -> None:
    """Recompute past rows and compare them.

    Rows and predicted vectors are compared bit for bit with the stored ones. Exits with 1 if any differ, or if
    rows and labels use different prices that nobody has acknowledged.
    """
    with api() as connected:
        report = connected.get("parity", from_=since, to=until)
    for difference in report["differences"]:
        named = ", ".join(difference["columns"]) or "its hash"
        console.print(f"{difference['hour']}: {difference['what']} differs in {named}.", style="red")
    for warning in report["warnings"]:
        console.print(warning, style="red", markup=False, soft_wrap=True)
    for sentence in report["acknowledged"]:
        console.print(sentence, markup=False, highlight=False, soft_wrap=True)
    count, withdrawn = len(report["differences"]), len(report["withdrawn"])
    console.print(
        f"{report['rows']:,} rows and {report['vectors']:,} predicted vectors compared, {count} differ."
    )
    if withdrawn:
        console.print(
            f"{withdrawn:,} more vectors were made on data that has been withdrawn or replaced since."
        )
    sys.exit(1 if count or report["warnings"] else 0)


@click.group()
def data() -> None:
    """Inspect the data."""


@data.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def features(as_json: bool) -> None:
    """List the features of a row, in order."""
    with api() as connected:
        listed = connected.get("features")["features"]
    if as_json:
        click.echo(json.dumps(listed, indent=2))
    else:
        show_table("Features", listed, ["name", "group", "unit", "cadence", "description"])


@data.command()
@click.option("-o", "--output", required=True, type=click.Path(dir_okay=False, path_type=Path))
@click.option("--from", "since", help="First hour; by default the first one stored.")
@click.option("--to", "until", help="End, exclusive; by default after the last hour stored.")
def ages(output: Path, since: str | None, until: str | None) -> None:
    """Write the ages of the series in every row.

    The output is CSV, with the age in hours of each daily or slower series.
    """
    with api() as connected, atomic_write(output) as file:
        for piece in connected.download("features/ages.csv", from_=since, to=until):
            file.write(piece)
    console.print(f"Wrote {output}.", highlight=False)


@data.command(name="status")
def data_status() -> None:
    """Show source, freshness and errors by series."""
    with api() as connected:
        state = connected.get("status")
    columns = ["name", "source", "newest_event", "known_at", "age_hours", "late", "observations", "failure"]
    show_table("Series", state["series"], columns)
    show_table("Providers", state["providers"], ["provider", "used", "per_day", "free_at"])
    for what, message in state["failures"].items():
        console.print(f"{what}: {message}", style="red", markup=False, highlight=False, soft_wrap=True)
    console.print(state["source_note"], highlight=False)


@data.command()
def plan() -> None:
    """Show the planned provider calls.

    These are the calls that the daily and slower series need.
    """
    with api() as connected:
        parts = connected.get("data/plan")["plan"]
    for part in parts:
        console.print(f"{part['sentence']}.", highlight=False, soft_wrap=True)
    if not parts:
        console.print("No calls are planned: no network provider is in use.")


@data.command()
@click.option("--from", "since", help="First period; by default the first one stored.")
@click.option("--to", "until", help="End, exclusive; by default after the last period stored.")
def check(since: str | None, until: str | None) -> None:
    """Check the quality of the data.

    Reports gaps, duplicates, frozen or impossible values, disagreement between sources, and shifted time zones. Exits
    with 1 if there are findings.
    """
    with api() as connected:
        checked = connected.get("data/check", from_=since, to=until)
    for finding in checked["findings"]:
        console.print(
            f"{finding['kind']}: {finding['sentence']}", style="yellow", markup=False, soft_wrap=True
        )
    for message in checked["unanswered"]:
        console.print(f"Not compared: {message}", markup=False, highlight=False, soft_wrap=True)
    count = len(checked["findings"])
    console.print(f"{checked['observations']:,} observations checked, {count} findings.", highlight=False)
    sys.exit(1 if count else 0)


data.add_command(acknowledge)
data.add_command(findings)
data.add_command(imports)
data.add_command(withdraw)
