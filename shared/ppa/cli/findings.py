"""Commands for serious findings in stored data: list them, and acknowledge one."""

import json

import click

from ppa.cli.options import api
from ppa.cli.show import console


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def findings(as_json: bool) -> None:
    """List the serious findings.

    They are looked for in all stored data. Each has the identifier that `ppa data acknowledge` takes.
    """
    with api() as connected:
        listed = connected.get("data/findings")["findings"]
    if as_json:
        click.echo(json.dumps(listed, indent=2))
        return
    for one in listed:
        by = one["acknowledged_by"]
        state = f"acknowledged by {by}: {one['reason']}" if by else f"open. {one['remedy']}"
        console.print(
            f"{one['finding_id']}: {one['sentence']} It is {state}",
            markup=False,
            highlight=False,
            soft_wrap=True,
        )
    if not listed:
        console.print("There are no serious findings.")


@click.command()
@click.argument("finding_id")
@click.option("--reason", required=True, help="Why it needs no action, recorded with your name.")
def acknowledge(finding_id: str, reason: str) -> None:
    """Acknowledge a serious finding.

    It no longer counts as a problem. If the closes of rows and labels differ, the differences known by now no longer
    refuse a model.
    """
    with api() as connected:
        path = f"data/findings/{finding_id}/acknowledgement"
        given = connected.send("PUT", path, json={"reason": reason})
    console.print(f"Acknowledged by {given['by']}.", markup=False, highlight=False)
