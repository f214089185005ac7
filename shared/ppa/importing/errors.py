"""Refusals of a file; it is refused as a whole, with the line at fault if there is one."""

from ppa.core.errors import BadInput

_SHOWN = 120


class FileRefused(BadInput):
    """A file, or part of it, cannot be read as price bars."""

    code = "file_refused"


def at_line(name: str, line: int, what: str, place: str = "line") -> FileRefused:
    """FileRefused for line `line` of the file `name` (1-based, counting every line), or for a row of a table."""
    return FileRefused(f"{name}, {place} {line}: {what}")


def quoted(text: str) -> str:
    """Quote `text` for a message: control characters escaped, long text truncated."""
    return repr(text if len(text) <= _SHOWN else text[:_SHOWN] + "…")
