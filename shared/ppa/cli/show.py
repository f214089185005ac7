"""How the command shows things: tables, and bars of progress."""

import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

# in a file or a pipe nothing is cut to a window's width
WIDE = 240
console = Console(width=None if sys.stdout.isatty() else WIDE)


def show_table(title: str, rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> None:
    """Rows as a table; a sentence where there are none."""
    if not rows:
        console.print(f"{title}: none yet.")
        return
    table = Table(title=title, title_justify="left")
    for column in columns:
        table.add_column(column.replace("_", " "))
    for row in rows:
        table.add_row(*(_cell(row.get(column)) for column in columns))
    console.print(table)


MARKS = {"passed": "✓", "warned": "!", "failed": "✕"}


def show_verdict(verdict: Mapping[str, str]) -> None:
    """A step of the gate in a line, with what to do where there is something to do."""
    line = f"{MARKS[verdict['outcome']]} {verdict['title']}: {verdict['sentence']} {verdict['remedy']}"
    console.print(line.strip(), markup=False, highlight=False, soft_wrap=True)


def show_figures(model: Mapping[str, Any]) -> None:
    """A model's accuracy beside what it has to be seen with."""
    figures = model["metrics"]
    console.print(
        f"{model['model_id']}: accuracy {figures['accuracy']:.1%} "
        f"({figures['accuracy_low']:.1%} to {figures['accuracy_high']:.1%}), base rate {figures['base_rate']:.1%}, "
        f"{figures['n']:,} test rows, {figures['effective_n']:,} independent.",
        highlight=False,
    )


def follow(events: Iterable[Mapping[str, Any]]) -> Mapping[str, Any]:
    """Show a stream of progress as a bar; sentences of a report go above it. The last event's result."""
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
    """A bar with its stage, share and time left."""
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
