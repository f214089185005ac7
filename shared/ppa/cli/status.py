"""Commands `ppa status` and `ppa schedules`."""

import sys
from collections.abc import Mapping
from typing import Any

import click

from ppa.cli.options import api
from ppa.cli.show import console, show_table

SERIES = ["name", "cadence", "source", "newest_event", "age_hours", "allowed_hours", "late"]
RUNS = ["job", "scheduled_for", "status", "seconds", "rows", "error"]
PROVIDERS = ["provider", "used", "needed", "per_day", "free_at", "failure"]
SCHEDULES = ["job", "cron", "next", "paused", "by", "since", "description"]
RUNS_SHOWN = 12


@click.command()
def status() -> None:
    """Show the platform's status and problems.

    Exits with 1 if there are problems.
    """
    with api() as connected:
        state = connected.get("status")
    _verdict(state)
    show_table("Series", state["series"], SERIES)
    show_table("Job runs", state["jobs"][:RUNS_SHOWN], RUNS)
    show_table("Schedules", state["schedules"], SCHEDULES)
    if state["providers"]:
        show_table("Providers", state["providers"], PROVIDERS)
    _figures(state)
    sys.exit(0 if state["healthy"] else 1)


def _verdict(state: Mapping[str, Any]) -> None:
    verdicts = {
        "well": "No problems.",
        "paused": "Paused; no other problems.",
        "failing": "There are problems.",
    }
    _say(verdicts[state["verdict"]], style="bold")
    for problem in state["problems"]:
        _say(f"{problem['title']}: {problem['sentence']} (docs/runbook.md#{problem['code']})", style="red")
    for notice in state["notices"]:
        _say(notice)
    _say(f"{state['source_note']} Rows: {state['rows']:,}, {state['first_hour']} to {state['last_hour']}.")


def _figures(state: Mapping[str, Any]) -> None:
    covered, spent, stored = state["coverage"], state["cost"], state["storage"]
    if covered["share"] is not None:
        _say(
            f"Predictions of the last seven days: {covered['share']:.1%} of those due, {covered['missing']} missing."
        )
    _say(
        f"BigQuery in {spent['month']}: {spent['bytes_billed'] / 1e9:,.1f} GB billed, {spent['usd']:.2f} USD, "
        f"{spent['usd_at_this_pace']:.2f} USD by the end of the month at this pace (prices of {spent['prices_as_of']})."
    )
    tables, files = stored["warehouse_bytes"] / 1e6, stored["models_bytes"] / 1e6
    _say(f"Storage: {tables:,.1f} MB of tables, {files:,.1f} MB of models.")
    _say(state["sandbox"]["sentence"])
    _say(", ".join(f"{name} {number}" for name, number in state["versions"].items()) + ".")


@click.group()
def schedules() -> None:
    """List schedules, and run, pause or resume their jobs."""


@schedules.command(name="list")
def list_schedules() -> None:
    """List the schedules and their next due times."""
    with api() as connected:
        show_table("Schedules", connected.get("schedules")["schedules"], SCHEDULES)


@schedules.command()
@click.argument("job")
def run(job: str) -> None:
    """Run JOB once, now, even if it is paused."""
    _ask(job, "run")


@schedules.command()
@click.argument("job")
def pause(job: str) -> None:
    """Pause JOB until it is resumed."""
    _ask(job, "pause")


@schedules.command()
@click.argument("job")
def resume(job: str) -> None:
    """Resume JOB from its next due time on."""
    _ask(job, "resume")


def _ask(job: str, act: str) -> None:
    with api() as connected:
        _say(connected.send("POST", f"schedules/{job}/{act}")["message"])


def _say(words: str, style: str | None = None) -> None:
    console.print(words, style=style, markup=False, highlight=False, soft_wrap=True)
