"""Commands for labels."""

from collections.abc import Mapping, Sequence
from typing import Any

import click

from ppa.cli.options import api
from ppa.cli.show import console, show_table

LISTED = ["label_id", "name", "asset", "mode", "lookahead", "threshold", "models"]
AGREEMENT = ["first", "second", "hours", "both", "only_first", "only_second", "agreement", "kappa", "overlap"]
UNLISTED = {"label_id", "summary", "by_year", "warnings"}


@click.group()
def labels() -> None:
    """Save, list, compare and archive labels."""


@labels.command("save")
@click.option("--asset", default="BTC", show_default=True)
@click.option("--mode", default="touch", show_default=True, help="touch, close or triple_barrier")
@click.option("--lookahead", default=24, show_default=True, help="Look-ahead in hours.")
@click.option("--threshold", default=0.02, show_default=True, help="Price change to exceed, as a fraction.")
@click.option("--stop-loss", type=float, help="Stop loss of a triple barrier, in the unit of the threshold.")
@click.option(
    "--volatility-window",
    type=int,
    help="Express the threshold in units of the volatility of this many hours.",
)
@click.option("--from", "since", help="First hour; by default the first one stored.")
@click.option("--to", "until", help="End, exclusive; by default open-ended.")
@click.option("--name", default="", help="Name of the label.")
def save(since: str, until: str, **definition: object) -> None:
    """Save a label and print its id."""
    with api() as connected:
        label = connected.send("POST", "labels", json={**definition, "from": since, "to": until})
    click.echo(label["label_id"])


@labels.command("list")
@click.option("--archived", is_flag=True, help="Include archived labels.")
def list_(archived: bool) -> None:
    """List saved labels."""
    with api() as connected:
        saved = connected.get("labels", archived=int(archived) or None)["labels"]
    shown = [*LISTED, "archived_at"] if archived else LISTED
    show_table("Labels", saved, shown)


@labels.command("show")
@click.argument("label_id")
def show(label_id: str) -> None:
    """Show a label's definition and summary."""
    with api() as connected:
        label = connected.get(f"labels/{label_id}")
    _show_side_by_side([label])
    for warning in label["summary"]["warnings"]:
        console.print(warning, highlight=False)


@labels.command("compare")
@click.argument("label_ids", nargs=-1, required=True)
def compare(label_ids: tuple[str, ...]) -> None:
    """Compare labels side by side, with their agreement on common hours."""
    with api() as connected:
        compared = connected.get("labels/comparison", labels=",".join(label_ids))
    _show_side_by_side(compared["labels"])
    show_table("Agreement on the same hours", compared["pairs"], AGREEMENT)


@labels.command("archive")
@click.argument("label_id")
def archive(label_id: str) -> None:
    """Hide a label from the lists; nothing is deleted."""
    with api() as connected:
        connected.send("PUT", f"labels/{label_id}/archived")
    console.print(f"{label_id} is archived; `ppa labels unarchive {label_id}` restores it.", highlight=False)


@labels.command("unarchive")
@click.argument("label_id")
def unarchive(label_id: str) -> None:
    """Restore an archived label to the lists."""
    with api() as connected:
        connected.send("DELETE", f"labels/{label_id}/archived")
    console.print(f"{label_id} is restored.", highlight=False)


def _show_side_by_side(labels: Sequence[Mapping[str, Any]]) -> None:
    """Print a table with one column per label and one row per field."""
    flat = [{**label, **label["summary"], **_years(label["summary"])} for label in labels]
    rows = dict.fromkeys(name for label in flat for name in label if name not in UNLISTED)
    table = [
        {"": name.replace("_", " "), **{one["label_id"]: one.get(name) for one in flat}} for name in rows
    ]
    show_table("Labels", table, ["", *(label["label_id"] for label in flat)])


def _years(held: Mapping[str, Any]) -> dict[str, str]:
    return {f"share of 1 in {year}": f"{share:.1%}" for year, share in held["by_year"].items()}
