"""Commands about labels."""

import click

from cli.options import api
from cli.show import show_table


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
