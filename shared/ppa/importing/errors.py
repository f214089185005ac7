"""Errors of the CSV import; a file is rejected as a whole, with the line at fault if there is one."""

from ppa.core.errors import BadInput

_SHOWN = 120


class CsvError(BadInput):
    """A CSV file, or part of it, cannot be read as price bars."""


def at_line(name: str, line: int, what: str) -> CsvError:
    """CsvError for line `line` of the file `name` (1-based, counting every line of the file)."""
    return CsvError(f"{name}, line {line}: {what}")


def quoted(text: str) -> str:
    """Quote `text` for a message: control characters escaped, long text truncated."""
    return repr(text if len(text) <= _SHOWN else text[:_SHOWN] + "…")
