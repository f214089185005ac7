"""Commands about rules and alerts."""

from typing import Any

import click

from ppa.cli.options import api
from ppa.cli.show import console, show_table

COLUMNS = (
    "scope",
    "expire_after_days",
    "warn_below_base",
    "retrain_estimator",
    "retrain_window_days",
    "retrain_every_days",
    "paused",
    "by",
    "at",
)
ALERT_COLUMNS = ("at", "kind", "subject", "message", "state", "attempts", "delivered_at", "error")


@click.group()
def policies() -> None:
    """Rules about a label's models: expiry, warnings, challengers on a schedule."""


@policies.command("list")
@click.option("--history", is_flag=True, help="Every rule ever set, and by whom.")
def list_(history: bool) -> None:
    """List the rules that hold."""
    with api() as connected:
        found = connected.get("rules")
    show_table("Rules", found["history" if history else "rules"], COLUMNS)
    console.print(found["promotion"], highlight=False)


@policies.command("set")
@click.argument("label_id")
@click.option("--expire-after-days", type=int, help="Days after its upload that an active model expires.")
@click.option("--warn/--no-warn", default=None, help="Warn when live accuracy may be under the base rate.")
@click.option("--retrain", type=click.Choice(["logistic", "forest", "boosting"]), help="What to train.")
@click.option("--window-days", type=int, default=730, show_default=True, help="History to train on.")
@click.option("--every-days", type=int, default=7, show_default=True, help="How often to train.")
@click.option("--no-expiry", is_flag=True, help="Let models live on.")
@click.option("--no-retrain", is_flag=True, help="Train no more.")
def set_(label_id: str, **chosen: Any) -> None:
    """Set the rule of a label, or of every label without one of its own: '*'."""
    _put(label_id, _wanted(chosen), "is set")


@policies.command()
@click.argument("label_id")
def pause(label_id: str) -> None:
    """Do nothing by a rule until it is resumed."""
    _put(label_id, {"paused": True}, "is paused")


@policies.command()
@click.argument("label_id")
def resume(label_id: str) -> None:
    """Let a paused rule hold again."""
    _put(label_id, {"paused": False}, "holds again")


@policies.command()
@click.argument("label_id")
def remove(label_id: str) -> None:
    """Take a label's rule away: the one for every label holds again."""
    with api() as connected:
        connected.send("DELETE", f"rules/{label_id}")
    console.print(f"{label_id} has no rule of its own any more.", highlight=False)


@click.group()
def alerts() -> None:
    """What rules had to say, and whether the webhook took it."""


@alerts.command("list")
def list_alerts() -> None:
    """List the latest alerts."""
    with api() as connected:
        found = connected.get("alerts")
    show_table(
        "Alerts",
        found["alerts"],
        ["at", "kind", "subject", "message", "state", "attempts", "delivered_at", "error"],
    )
    to = found["webhook"] or "nobody: PPA_ALERT_URL is not set"
    console.print(found["fault"] or f"Sent to {to}.", highlight=False)


@alerts.command()
def test() -> None:
    """Send an alert that says it is a test."""
    with api() as connected:
        sent = connected.send("POST", "alerts/test")
    console.print(f"Not taken: {sent['error']}." if sent["error"] else "The test was taken.", highlight=False)


def _put(label_id: str, wanted: dict[str, Any], done: str) -> None:
    with api() as connected:
        connected.send("PUT", f"rules/{label_id}", json=wanted)
    console.print(f"The rule of {label_id} {done}.", highlight=False)


def _wanted(chosen: dict[str, Any]) -> dict[str, Any]:
    wanted: dict[str, Any] = {}
    if chosen["expire_after_days"] is not None or chosen["no_expiry"]:
        wanted["expire_after_days"] = chosen["expire_after_days"]
    if chosen["warn"] is not None:
        wanted["warn_below_base"] = chosen["warn"]
    if chosen["retrain"] or chosen["no_retrain"]:
        on = bool(chosen["retrain"])
        wanted["retrain_estimator"] = chosen["retrain"]
        wanted["retrain_window_days"] = chosen["window_days"] if on else None
        wanted["retrain_every_days"] = chosen["every_days"] if on else None
    return wanted
