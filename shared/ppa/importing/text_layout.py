"""Layout of a delimited text: its delimiter, its header, and its first row of figures."""

import csv
import re
from collections import Counter
from collections.abc import Sequence

from ppa.importing.headings import known_roles, meaning

_DELIMITERS = ("\t", ";", "|", ",", " ")
REMARK = re.compile(r"\s*(#|//|%|https?://|www\.|sep=)", re.IGNORECASE)
_FIGURE = re.compile(r"[\s\d.,:/'\u2019+\-$€£¥₩₿%eETZKMBkmbAPap]+(?: ?(?:USD[TC]?|EUR|GBP|BTC|ETH))?")
_HEAD = 1 << 19


def split(line: bytes, delimiter: str) -> list[str]:
    """Split a line into fields, without quotes and surrounding whitespace."""
    text = line.decode(errors="replace")
    try:
        fields = next(csv.reader([text], delimiter=delimiter, skipinitialspace=True), [])
    except csv.Error:
        fields = text.split(delimiter)
    return [cell.strip() for cell in fields]


def head_lines(data: bytes) -> list[bytes]:
    """First lines; the last one only if it is whole."""
    head = data[:_HEAD]
    lines = head.split(b"\n")
    return lines if len(data) <= _HEAD and lines[-1] else lines[:-1] or lines


def is_aligned(lines: Sequence[bytes]) -> bool:
    """True if blanks align the columns, as in a printed table."""
    sampled = [line.strip() for line in lines[:400] if line.strip()]
    aligned = [line for line in sampled if b"  " in line and not re.search(rb"[,;|\t]", line)]
    return len(aligned) * 10 > len(sampled) * 6


def single_blanks(data: bytes) -> bytes:
    """Text whose lines have single blanks between their fields, and none at their edges."""
    return re.sub(rb"(?m)^ +| +(?=\r?$)", b"", re.sub(rb" {2,}", b" ", data))


def find_delimiter(lines: Sequence[bytes], named: int) -> str:
    """The first delimiter that splits most lines into the same number of fields, five or more; else the commonest."""
    sampled = [
        line for line in lines[:400] if line.strip() and not REMARK.match(line.decode(errors="replace"))
    ]
    counts = {
        delimiter: Counter(len(split(line, delimiter)) for line in sampled) for delimiter in _DELIMITERS
    }
    for delimiter, counted in counts.items():
        fields, lines_with = counted.most_common(1)[0] if counted else (0, 0)
        if (fields == named or (fields >= 5 and not named)) and lines_with * 10 >= len(sampled) * 6:
            return delimiter
    return max(
        _DELIMITERS[:-1], key=lambda delimiter: sum(fields * n for fields, n in counts[delimiter].items())
    )


def usual_width(lines: Sequence[Sequence[str]]) -> int:
    """Usual number of fields of the rows; of all lines if there are no rows."""
    counted = Counter(len(fields) for fields in lines[:400] if len(fields) > 1 and is_row(fields))
    counted = counted or Counter(len(fields) for fields in lines[:400] if len(fields) > 1)
    return counted.most_common(1)[0][0]


def first_row(lines: Sequence[Sequence[str]]) -> int:
    """Index of the first row of figures; the number of lines if there is none."""
    for i, fields in enumerate(lines):
        if len(fields) > 1 and is_row(fields) and not REMARK.match(fields[0]):
            return i
    return len(lines)


def is_row(fields: Sequence[str]) -> bool:
    """True if most fields that are not empty are figures."""
    return sum(_is_figure(cell) for cell in fields) * 2 > sum(bool(cell) for cell in fields)


def has_figures(fields: Sequence[str]) -> bool:
    """True if any field is a figure."""
    return any(_is_figure(cell) for cell in fields)


def _is_figure(cell: str) -> bool:
    return any(map(str.isdigit, cell)) and bool(_FIGURE.fullmatch(cell))


def find_header(above: Sequence[Sequence[str]], width: int) -> tuple[int, tuple[str, ...]]:
    """Index and fields of the line above the rows that names most columns; the last one that fits if none is named."""
    lines = {i: _uncommented(fields) for i, fields in enumerate(above)}
    fitting = {
        i: fields for i, fields in lines.items() if width - 1 <= len(fields) <= width + 1 and len(fields) > 1
    }
    if not fitting:
        named = {i: fields for i, fields in lines.items() if len(fields) > 1 and known_roles(fields) > 2}
        fitting = named
    best = max(fitting, key=lambda i: (known_roles(fitting[i]), i), default=-1)
    return (best, fitting[best]) if best >= 0 else (-1, ())


def _uncommented(fields: Sequence[str]) -> tuple[str, ...]:
    first = re.sub(r"^[#%/ ]+", "", fields[0]) if fields else ""
    return (first, *fields[1:])


def is_padded(rows: Sequence[Sequence[str]], named: int) -> bool:
    """True if all rows have as many fields more than the `named` ones, and those are empty."""
    return len({len(row) for row in rows}) == 1 and not any(any(row[named:]) for row in rows)


def is_time_heading(heading: str) -> bool:
    """True if the heading is that of a time."""
    match = meaning(heading)
    return match is not None and match.role in ("start", "time", "end")


def is_index(cells: Sequence[str]) -> bool:
    """True if the cells number the rows, or name them."""
    return all(len(cell) < 8 and cell.isdigit() for cell in cells) or not any(map(_is_figure, cells))
