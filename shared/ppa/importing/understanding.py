"""How a file was understood: its columns, times and units, and the problems in it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import pandas as pd

from ppa.importing.bars import HOUR, format_time
from ppa.importing.roles import Choice

_NAMED = 10


@dataclass(frozen=True)
class Gap:
    """Hours without a bar, from the first missing hour to the open of the next bar (UTC)."""

    start: datetime
    end: datetime

    @property
    def hours(self) -> int:
        """Number of missing hours."""
        return (self.end - self.start) // timedelta(hours=1)


@dataclass(frozen=True)
class Understanding:
    """Interpretation of one file. `columns` maps roles to headings; `impossible` holds line numbers; times are UTC.

    `choices` give the reason for each column and the runner-up. `rows` counts the rows of the file and `hours` the
    resulting bars, which open from `first` to `last`; `prices` are their lowest and highest price, `volumes` their
    least and most volume (None if unknown). `first_rows` are the first bars of the file. `empty` counts rows without
    prices, `cut` lists the incomplete hours at the file's ends.
    """

    name: str
    columns: dict[str, str]
    choices: tuple[Choice, ...]
    unused: tuple[str, ...]
    time_format: str
    time_zone: str
    order: str
    bar_minutes: int
    rows: int
    hours: int
    first: datetime
    last: datetime
    packed: str
    header: bool
    prices: tuple[float, float]
    volumes: tuple[float, float] | None
    first_rows: tuple[Mapping[str, object], ...]
    gaps: tuple[Gap, ...] = ()
    duplicates: int = 0
    impossible: tuple[int, ...] = ()
    empty: int = 0
    cut: tuple[datetime, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def gap_hours(self) -> int:
        """Number of hours missing between the first and the last bar."""
        return sum(gap.hours for gap in self.gaps)

    def to_dict(self) -> dict[str, object]:
        """Report as a JSON-compatible dict; times in ISO 8601, gaps and impossible bars limited to the first ten."""
        return {
            **{field: getattr(self, field) for field in _PLAIN},
            "columns": dict(self.columns),
            "choices": [vars(choice) for choice in self.choices],
            "prices": list(self.prices),
            "volumes": None if self.volumes is None else list(self.volumes),
            "first_rows": [dict(row) for row in self.first_rows],
            "unused": list(self.unused),
            "first": self.first.isoformat(),
            "last": self.last.isoformat(),
            "gaps": {
                "count": len(self.gaps),
                "hours": self.gap_hours,
                "first": [_gap_dict(gap) for gap in self.gaps[:_NAMED]],
            },
            "impossible": {"count": len(self.impossible), "first_lines": list(self.impossible[:_NAMED])},
            "cut": [hour.isoformat() for hour in self.cut],
            "notes": list(self.notes),
        }

    def lines(self) -> list[str]:
        """Report as a list of sentences."""
        return [
            *self._interpretation(),
            *self._problems(),
            *(f"{note[0].upper()}{note[1:]}." for note in self.notes),
        ]

    def _interpretation(self) -> Iterator[str]:
        packed, header = f"{self.packed}, " if self.packed else "", "" if self.header else "no header, "
        yield f"{self.name}: {packed}{header}{self.rows:,} {self._bars()} rows, {self.order}."
        for choice in self.choices:
            yield _reason(choice)
        if self.unused:
            yield f"Unused columns: {', '.join(repr(heading) for heading in self.unused)}."
        yield f"Times are {self.time_format}; time zone: {self.time_zone}."
        yield f"{self.hours:,} hours from {format_time(self.first)} to {format_time(self.last)}."
        volumes = "unknown" if self.volumes is None else f"{self.volumes[0]:,.8g} to {self.volumes[1]:,.8g}"
        yield f"Prices from {self.prices[0]:,.8g} to {self.prices[1]:,.8g}; volume an hour {volumes}."

    def _bars(self) -> str:
        return "hourly" if self.bar_minutes == 60 else f"{self.bar_minutes}-minute"

    def _problems(self) -> Iterator[str]:
        yield self._gaps()
        if self.duplicates:
            yield f"{_count(self.duplicates, 'identical row')} dropped."
        if self.impossible:
            named = _list(str(line) for line in self.impossible[:_NAMED])
            more = ", …" if len(self.impossible) > _NAMED else ""
            yield f"{_count(len(self.impossible), 'impossible bar')} left out, in lines {named}{more}."
        if self.empty:
            yield f"{_count(self.empty, 'row')} without prices left out."
        for hour in self.cut:
            yield f"The hour of {format_time(hour)} left out: the file has only part of it."

    def _gaps(self) -> str:
        if not self.gaps:
            return "No hour is missing."
        named = _list(f"{format_time(gap.start)} to {format_time(gap.end)}" for gap in self.gaps[:_NAMED])
        more = ", …" if len(self.gaps) > _NAMED else ""
        return f"{_count(self.gap_hours, 'hour')} missing in {_count(len(self.gaps), 'gap')}: {named}{more}."


_PLAIN = (
    *("name", "time_format", "time_zone", "order", "bar_minutes", "rows", "hours"),
    *("packed", "header", "duplicates", "empty"),
)


def find_gaps(opens: pd.DatetimeIndex) -> tuple[Gap, ...]:
    """Gaps: runs of hours without a bar between the first and the last; `opens` is ascending."""
    wide = (opens[1:] - opens[:-1]) > pd.Timedelta(HOUR)
    spans = zip(opens[:-1][wide] + HOUR, opens[1:][wide], strict=True)
    return tuple(Gap(start.to_pydatetime(), end.to_pydatetime()) for start, end in spans)


def _reason(choice: Choice) -> str:
    second = f"; runner-up {choice.runner_up!r}: {choice.why_not}" if choice.runner_up else ""
    return f"{choice.role} is {choice.column!r} ({choice.reason}{second})."


def _gap_dict(gap: Gap) -> dict[str, object]:
    return {"from": gap.start.isoformat(), "to": gap.end.isoformat(), "hours": gap.hours}


def _count(number: int, thing: str) -> str:
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def _list(parts: Iterator[str]) -> str:
    return ", ".join(parts)
