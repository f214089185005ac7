"""How a file is refused: always whole, and with the line at fault where there is one."""

from ppa.core.errors import BadInput

_SHOWN = 120


class CsvError(BadInput):
    """A CSV file, or a part of it, that cannot be read as price bars."""


def at_line(name: str, line: int, what: str) -> CsvError:
    """The error for line `line` (1-based, every line of the file counted) of the file called `name`."""
    return CsvError(f"{name}, line {line}: {what}")


def quoted(text: str) -> str:
    """`text` as a message shows it: quoted, control characters escaped, cut where it is long."""
    return repr(text if len(text) <= _SHOWN else text[:_SHOWN] + "…")
