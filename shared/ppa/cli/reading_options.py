"""Options of commands that read a file of bars."""

from collections.abc import Callable
from functools import reduce
from pathlib import Path
from typing import Any

import click

_OPTIONS = (
    click.option("--columns", help="Column names in order, or single ones such as close=Last,volume=Vol."),
    click.option("--time-zone", help="Time zone of times without an offset, such as UTC or Europe/Berlin."),
    click.option(
        "--dates", type=click.Choice(["day-first", "month-first"]), help="Reading of dates that fit both."
    ),
    click.option(
        "--where", multiple=True, metavar="COLUMN=VALUE", help="Rows to take, such as symbol=BTC; repeatable."
    ),
    click.option(
        "--shift",
        multiple=True,
        metavar="FROM..TO=+4h",
        help="Repair of times, such as 2017-09-25..2017-11-12=+4h; repeatable.",
    ),
)


def reading_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say how a file is read; their values are arguments of `reading_parameters`."""
    return reduce(lambda decorated, option: option(decorated), reversed(_OPTIONS), command)


def reading_parameters(
    file: Path,
    asset: str,
    *,
    columns: str | None,
    time_zone: str | None,
    dates: str | None,
    where: tuple[str, ...],
    shift: tuple[str, ...],
) -> dict[str, object]:
    """Query of the API that reads a file with these options."""
    named = {"name": file.name, "asset": asset, "columns": columns, "time_zone": time_zone, "dates": dates}
    return {**named, "where": where, "shift": shift}
