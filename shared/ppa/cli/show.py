"""Console output of the commands: tables, messages and progress bars."""

import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from ppa.client.records import verdict_line

# output to a file or a pipe is not truncated to a terminal's width
WIDE = 240
console = Console(width=None if sys.stdout.isatty() else WIDE)


def show_table(title: str, rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> None:
    """Print rows as a table, or a message if there are none."""
    if not rows:
        console.print(f"{title}: none yet.")
        return
    table = Table(title=title, title_justify="left")
    for column in columns:
        table.add_column(column.replace("_", " "))
    for row in rows:
        table.add_row(*(_cell(row.get(column)) for column in columns))
    console.print(table)


def show_verdict(verdict: Mapping[str, str]) -> None:
    """Print the verdict of one upload check, with its remedy if it has one."""
    console.print(verdict_line(verdict), markup=False, highlight=False, soft_wrap=True)


def show_figures(model: Mapping[str, Any]) -> None:
    """Print a model's accuracy with its interval, base rate and sample size."""
    figures = model["metrics"]
    console.print(
        f"{model['model_id']}: accuracy {figures['accuracy']:.1%} "
        f"({figures['accuracy_low']:.1%} to {figures['accuracy_high']:.1%}), base rate {figures['base_rate']:.1%}, "
        f"{figures['n']:,} test rows, effective sample size {figures['effective_n']:,}.",
        highlight=False,
    )


def follow(events: Iterable[Mapping[str, Any]]) -> Mapping[str, Any]:
    """Show a stream of progress events as a bar, with report lines above it; return the result."""
    result: Mapping[str, Any] = {}
    with progress_bar() as bar:
        task = bar.add_task("starting", total=None)
        for event in events:
            if "result" in event:
                result = event["result"]
            elif "stage" in event:
                bar.update(
                    task, description=event["stage"], completed=event["step"], total=event["steps"] or None
                )
            for line in event.get("lines", ()):
                bar.console.print(line, markup=False, highlight=False, soft_wrap=True)
    return result


def progress_bar() -> Progress:
    """Progress bar with stage, share and remaining time."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console,
    )


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.4g}"
    return ("yes" if value else "") if isinstance(value, bool) else str(value)
