"""Open a file, and choose the columns and rows that are asked for."""

from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc

from ppa.importing.delimited import open_delimited
from ppa.importing.errors import FileRefused, quoted
from ppa.importing.files import Content, to_utf8
from ppa.importing.headings import names_closed
from ppa.importing.options import ReadOptions
from ppa.importing.roles import ROLES, Roles
from ppa.importing.structured import open_structured
from ppa.importing.table import Source, Table

_OPEN, _CLOSED = {"0", "false"}, {"1", "true"}


def open_file(content: Content, options: ReadOptions) -> tuple[Source, ReadOptions]:
    """The file with its columns named, and the options without those that chose columns by their label."""
    listed = [name for name in options.columns if "=" not in name]
    if listed and len(listed) != len(options.columns):
        raise FileRefused(
            "--columns names either all columns in order, or single ones as role=heading, not both"
        )
    file: Source | None = open_structured(content.data, options.name)
    if file is None:
        file = open_delimited(to_utf8(content.data, options.name), options.name, named=len(listed))
    if listed:
        file = file.renamed(tuple(name.strip() for name in listed))
    file, where = file.labelled(options.where)
    return file, replace(options, where=where)


def named_columns(file: Source, options: ReadOptions) -> dict[str, int]:
    """Positions of the columns that are named as `role=heading`."""
    named = dict[str, int]()
    for pair in options.columns:
        role, separator, heading = pair.partition("=")
        if not separator:
            continue
        if role.strip().lower() not in ROLES:
            raise FileRefused(f"--columns names the role {quoted(role)}: use one of {', '.join(ROLES)}")
        named[role.strip().lower()] = position(file, heading.strip(), "--columns")
    return named


def position(file: Source, heading: str, option: str) -> int:
    """Position of the column with a heading, or with a number from 1. FileRefused if there is none."""
    lowered = [name.lower() for name in file.headings]
    if heading in file.headings:
        return file.headings.index(heading)
    if heading.lower() in lowered:
        return lowered.index(heading.lower())
    if heading.isdigit() and 1 <= int(heading) <= len(lowered):
        return int(heading) - 1
    shown = ", ".join(quoted(name) for name in file.headings)
    raise FileRefused(f"{option} names the column {quoted(heading)}, but the columns are {shown}")


def read_positions(file: Source, roles: Roles, options: ReadOptions) -> tuple[int, ...]:
    """Positions of the columns to read: those with a role, and those that `options.where` asks for."""
    where = [position(file, heading, "--where") for heading in options.where]
    return tuple(dict.fromkeys((*roles.positions, *where, *_flags(file))))


def _flags(file: Source) -> list[int]:
    """Positions of columns that say whether a bar is closed."""
    named = (i for i, heading in enumerate(file.headings) if names_closed(heading))
    return [i for i in named if set(pc.unique(file.sample.text(i)).to_pylist()) <= _OPEN | _CLOSED]


def closed_rows(file: Source, table: Table) -> Table:
    """Rows without the bars that the file says were not closed yet."""
    for i in _flags(file):
        text = pc.utf8_lower(table.text(i))
        kept = ~pc.is_in(text, pa.array(sorted(_OPEN))).to_numpy()
        if not kept.all():
            count, heading = int((~kept).sum()), quoted(file.headings[i])
            were = "bar was" if count == 1 else "bars were"
            table = table.rows(kept, f"{count:,} {were} not closed by column {heading} and left out")
    return table


def select_rows(file: Source, table: Table, options: ReadOptions) -> Table:
    """Rows that `options.where` keeps."""
    for heading, value in options.where.items():
        text = table.text(position(file, heading, "--where"))
        kept = pc.equal(pc.utf8_lower(text), value.lower()).to_numpy()
        if not kept.any():
            values = ", ".join(sorted(quoted(one) for one in pc.unique(text).to_pylist()[:10]))
            raise FileRefused(f"{options.name} has no row with {heading}={value}; its values are {values}")
        table = table.rows(kept, f"{int(kept.sum()):,} of {len(kept):,} rows have {heading}={value}")
    return table
