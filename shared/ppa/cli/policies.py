"""Commands for model policies and alerts."""

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
    """Manage model policies.

    A policy automates the models of a label: expiry, warnings, and scheduled training of challengers.
    """


@policies.command("list")
@click.option("--history", is_flag=True, help="Include former policies, with who set them.")
def list_(history: bool) -> None:
    """List the policies in force."""
    with api() as connected:
        listed = connected.get("policies")
    show_table("Policies", listed["history" if history else "rules"], COLUMNS)
    console.print(listed["promotion"], highlight=False)


@policies.command("set")
@click.argument("label_id")
@click.option("--expire-after-days", type=int, help="Expire active models this many days after upload.")
@click.option("--warn/--no-warn", default=None, help="Alert when live accuracy may be below the base rate.")
@click.option(
    "--retrain",
    type=click.Choice(["logistic", "forest", "boosting"]),
    help="Estimator of scheduled challengers.",
)
@click.option("--window-days", type=int, default=730, show_default=True, help="Days of history to train on.")
@click.option("--every-days", type=int, default=7, show_default=True, help="Days between trainings.")
@click.option("--no-expiry", is_flag=True, help="Turn expiry off.")
@click.option("--no-retrain", is_flag=True, help="Turn scheduled training off.")
def set_(label_id: str, **chosen: Any) -> None:
    """Set the policy of a label, or with '*' of all labels without one of their own.

    Options that are left out keep their value.
    """
    _put(label_id, _wanted(chosen), "is set")


@policies.command()
@click.argument("label_id")
def pause(label_id: str) -> None:
    """Pause a policy until it is resumed."""
    _put(label_id, {"paused": True}, "is paused")


@policies.command()
@click.argument("label_id")
def resume(label_id: str) -> None:
    """Resume a paused policy."""
    _put(label_id, {"paused": False}, "is resumed")


@policies.command()
@click.argument("label_id")
def remove(label_id: str) -> None:
    """Remove a label's policy; the policy for all labels ('*') applies to it again."""
    with api() as connected:
        connected.send("DELETE", f"policies/{label_id}")
    console.print(f"The policy of {label_id} is removed.", highlight=False)


# the former name of the group; hidden, and accepted for one release
rules = click.Group("rules", commands=policies.commands, help=policies.help, hidden=True)


@click.group()
def alerts() -> None:
    """List alerts and test the webhook."""


@alerts.command("list")
def list_alerts() -> None:
    """List the latest alerts."""
    with api() as connected:
        listed = connected.get("alerts")
    show_table("Alerts", listed["alerts"], ALERT_COLUMNS)
    host = listed["webhook"]
    destination = f"Alerts are sent to {host}." if host else "Alerts are not sent: PPA_ALERT_URL is not set."
    console.print(listed["fault"] or destination, highlight=False)


@alerts.command()
def test() -> None:
    """Send a test alert."""
    with api() as connected:
        sent = connected.send("POST", "alerts/test")
    failure = f"The test alert was not delivered: {sent['error']}."
    console.print(failure if sent["error"] else "The test alert was delivered.", highlight=False)


def _put(label_id: str, wanted: dict[str, Any], done: str) -> None:
    with api() as connected:
        connected.send("PUT", f"policies/{label_id}", json=wanted)
    console.print(f"The policy of {label_id} {done}.", highlight=False)


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
