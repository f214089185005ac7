"""Runbook: meaning, checks and remedies of each problem; shared by alerts, page and documentation."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FILE = Path(__file__).with_name("runbook.json")


@dataclass(frozen=True)
class Entry:
    """Runbook entry of one kind of problem."""

    title: str
    means: str
    look: tuple[str, ...]
    do: tuple[str, ...]


@cache
def runbook() -> Mapping[str, Entry]:
    """Runbook entries by code, the gravest first."""
    raw = json.loads(FILE.read_text(encoding="utf-8"))
    return {code: Entry(e["title"], e["means"], tuple(e["look"]), tuple(e["do"])) for code, e in raw.items()}


def runbook_page() -> str:
    """Text of `docs/runbook.md`, generated from the runbook's file."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield "# Runbook"
    yield "The problems that System info shows and Cloud Monitoring alerts on, by their code. `make schemas` writes"
    yield "this page from `shared/ppa/reports/status/runbook.json`, which System info and the alerts also show."
    for code, entry in runbook().items():
        yield from ("", f"## {code}", f"**{entry.title}.** {entry.means}", "", "Look at:")
        yield from (f"- {line}" for line in entry.look)
        yield from ("", "Do:")
        yield from (f"- {line}" for line in entry.do)
