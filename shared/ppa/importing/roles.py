"""Choose the columns of a file: by exact heading first, then by what their values say."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ppa.importing import evidence
from ppa.importing.clocks import Clock, clocks
from ppa.importing.errors import FileRefused, at_line, quoted
from ppa.importing.evidence import Floats
from ppa.importing.headings import EXACT, LIKELY, PRICES, Meaning, meaning
from ppa.importing.table import Table

ROLES = ("time", *PRICES, "volume", "vwap")


@dataclass(frozen=True)
class Choice:
    """The column taken for a role, why, and the column that came second with the reason against it."""

    role: str
    column: str
    reason: str
    runner_up: str = ""
    why_not: str = ""


@dataclass(frozen=True)
class Roles:
    """Column positions by role, with the reasons.

    `times` is one column, or a date and a time of day; `at_end` is set if they hold the ends of bars. `volumes` is the
    volume in coins, with the one in money behind it if there are both, or the one in money alone (`money`).
    `other_times` are further columns of dates and times.
    """

    times: tuple[int, ...]
    at_end: bool
    prices: Mapping[str, int]
    volumes: tuple[int, ...]
    money: bool
    vwap: int | None
    choices: tuple[Choice, ...]
    other_times: tuple[int, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def positions(self) -> tuple[int, ...]:
        """Columns to read."""
        vwap = () if self.vwap is None else (self.vwap,)
        return tuple(dict.fromkeys((*self.times, *self.prices.values(), *self.volumes, *vwap)))


def find_roles(sample: Table, *, headed: bool, named: Mapping[str, int]) -> Roles:
    """Choose the columns of a file by its first rows. `named` are the columns that a person has named.

    FileRefused: no time or no prices among the columns, or two columns between which nothing decides.
    """
    return _Chooser(sample, headed, named).roles()


@dataclass(frozen=True)
class _Candidate:
    column: int
    rank: int
    meaning: Meaning


class _Chooser:
    """The choice of columns for one file."""

    def __init__(self, sample: Table, headed: bool, named: Mapping[str, int]) -> None:
        self.sample, self.headed, self.named = sample, headed, named
        self.meanings = {i: match for i, heading in enumerate(sample.headings) if (match := meaning(heading))}
        self.values = {i: numbers for i in sample.columns if (numbers := _numbers(sample, i)) is not None}
        self.choices = list[Choice]()
        self.notes = list[str]()
        self.other_times: tuple[int, ...] = ()

    def roles(self) -> Roles:
        prices = self._prices_by_heading()
        times, at_end = self._times()
        self._order_by(times)
        prices = prices or self._prices_by_values(set(times))
        volumes, money = self._volumes({*times, *prices.values()}, prices)
        vwap = self._vwap({*times, *prices.values(), *volumes}, prices)
        order = {role: i for i, role in enumerate(ROLES)}
        choices = tuple(sorted(self.choices, key=lambda choice: order[choice.role]))
        return Roles(
            times, at_end, prices, volumes, money, vwap, choices, self.other_times, tuple(self.notes)
        )

    @property
    def _buckets(self) -> bool:
        """True for the bars of BitMEX, which are stamped at their end; their volume counts contracts."""
        return {"homenotional", "foreignnotional"} <= {self._word(i) for i in self.sample.columns}

    def _word(self, column: int) -> str:
        return self.sample.headings[column].lower()

    # ── time ─────────────────────────────────────────────────────────────────────────────────────

    def _times(self) -> tuple[tuple[int, ...], bool]:
        if "time" in self.named:
            column = self.named["time"]
            match = self._joined(clocks(self.sample, self._time_columns()), column)
            self._choose("time", match, "named by hand")
            return match, self._is(column, "end")
        found_clocks = clocks(self.sample, self._time_columns())
        if not found_clocks:
            raise self._no_time()
        best, *others = sorted(found_clocks, key=self._preference)
        columns = self._joined(found_clocks, best.column)
        rest = [clock for clock in others if clock.column not in columns]
        comparable = [clock.column for clock in rest if clock.kind in ("epoch", "written", "compact")]
        self.other_times = tuple(i for i in comparable if not self._is(i, "end"))
        reason = f"heading {quoted(self.sample.headings[best.column])}, {best.describe()}"
        if not self.sample.headings[best.column]:
            reason = f"its values: {best.describe()}"
        self._choose("time", columns, reason, rest[0].column if rest else None, self._against(best, rest))
        return columns, best.at_end or self._is(best.column, "end") or self._buckets

    def _time_columns(self) -> list[int]:
        """Columns whose heading is that of a time, or that have no heading."""
        by_heading = [i for i, match in self.meanings.items() if match.role in ("start", "time", "end")]
        unnamed = [i for i in self.sample.columns if not self.sample.headings[i] or not self.headed]
        without = [i for i in self.sample.columns if i not in self.meanings]
        return list(dict.fromkeys([*by_heading, *unnamed])) or without

    def _preference(self, clock: Clock) -> tuple[bool, bool, int, bool, bool, int]:
        role = self.meanings[clock.column].role if clock.column in self.meanings else "time"
        return (
            clock.kind in ("date", "clock"),
            not clock.on_grid and not clock.at_end,
            ("start", "time", "end").index(role) if role in ("start", "time", "end") else 1,
            not clock.zoned,
            not self.sample.headings[clock.column],
            clock.column,
        )

    def _joined(self, match: Sequence[Clock], column: int) -> tuple[int, ...]:
        """The column; with the one of the time of day, if it holds the date alone."""
        kinds = {clock.column: clock.kind for clock in match}
        if kinds.get(column) not in ("date", "clock"):
            return (column,)
        dates = [clock.column for clock in match if clock.kind == "date"]
        times = [clock.column for clock in match if clock.kind == "clock"]
        if not dates:
            raise self._refuse(f"has a time of day in {self._name(column)} but no date")
        return (dates[0], times[0]) if times else (dates[0],)

    def _against(self, best: Clock, others: Sequence[Clock]) -> str:
        if not others:
            return ""
        other = others[0]
        if best.on_grid and not other.on_grid:
            return "its times are not on whole minutes"
        if best.zoned and not other.zoned:
            return "it does not state its time zone"
        return "it holds the end of the bar" if self._is(other.column, "end") else "it comes second"

    def _no_time(self) -> FileRefused:
        columns = [i for i, match in self.meanings.items() if match.role in ("start", "time", "end")]
        if not columns:
            return self._refuse("has no time column")
        shown = quoted(self.sample.text(columns[0])[0].as_py())
        what = f"column {self._name(columns[0])} holds {shown}, which is not a time (use 2024-05-31 14:00 or an epoch)"
        return at_line(self.sample.name, int(self.sample.lines[0]), what, self.sample.place)

    def _order_by(self, times: tuple[int, ...]) -> None:
        """Reverse the values if the newest row is first, since the order of prices tells opens from closes."""
        text = self.sample.text(times[0])
        numbers = self.values.get(times[0])
        newest_first = numbers[0] > numbers[-1] if numbers is not None else text[0].as_py() > text[-1].as_py()
        if newest_first:
            self.values = {i: values[::-1] for i, values in self.values.items()}

    # ── prices ───────────────────────────────────────────────────────────────────────────────────

    def _prices_by_heading(self) -> dict[str, int]:
        """The four price columns by their headings; none if no heading is that of a price."""
        prices = {price: column for price in PRICES if (column := self._price(price)) is not None}
        sided = any(match.side for match in self.meanings.values())
        if (prices or sided) and len(prices) < len(PRICES):
            raise self._missing([price for price in PRICES if price not in prices])
        return prices

    def _price(self, price: str) -> int | None:
        if price in self.named:
            self._choose(price, (self.named[price],), "named by hand")
            return self.named[price]
        candidates = [one for one in self._candidates(price, ()) if not one.meaning.side]
        if not candidates:
            return None
        first, *others = candidates
        if others and others[0].rank == first.rank:
            raise self._refuse(
                f"has more than one column for {price}: {self._name(first.column)} and {self._name(others[0].column)}"
            )
        second = others[0].column if others else None
        self._choose(price, (first.column,), self._by_heading(first), second, "its heading is less exact")
        return first.column

    def _candidates(self, role: str, taken: Iterable[int]) -> list[_Candidate]:
        """Columns with this role by their heading, the surest first."""
        match = [
            _Candidate(i, one.rank, one)
            for i, one in self.meanings.items()
            if one.role == role and i not in {*taken}
        ]
        return sorted(match, key=lambda candidate: (candidate.rank, candidate.column))

    def _prices_by_values(self, taken: set[int]) -> dict[str, int]:
        free = {i: values for i, values in self.values.items() if i not in taken}
        match = evidence.price_window(free)
        if match is None:
            raise self._missing(list(PRICES))
        window, order = match
        for i, role in zip(window, order, strict=True):
            self._choose(role, (i,), _BY_VALUES[role])
        return dict(zip(order, window, strict=True))

    def _missing(self, missing: Sequence[str]) -> FileRefused:
        sides = {
            one.meaning.side for price in PRICES for one in self._candidates(price, ()) if one.meaning.side
        }
        if sides:
            return self._sided(sorted(sides, key=lambda side: (side != "mid", side != "bid")))
        has_price = bool(self._candidates("close", ()))
        if has_price and len(missing) == len(PRICES) - 1:
            trades = self._candidates("close", ())[0].rank == LIKELY
            kind = "trades, not bars" if trades else "one price an hour, not bars"
            remedy = (
                "aggregate them to hourly bars first" if trades else "provide bars, or `ppa import-series`"
            )
            return self._at_header(f"it holds {kind}: there is no {', no '.join(missing)}; {remedy}")
        if not self.headed:
            return self._no_header()
        no_time = not any(match.role in ("start", "time", "end") for match in self.meanings.values())
        missing = ["time", *missing] if no_time and "time" not in self.named else missing
        return self._refuse(f"has no {' and no '.join(missing)} column")

    def _sided(self, sides: Sequence[str]) -> FileRefused:
        side = sides[0]
        columns = {
            price: self.sample.headings[one.column]
            for price in PRICES
            for one in self._candidates(price, ())
            if one.meaning.side == side
        }
        option = ",".join(f"{price}={heading}" for price, heading in columns.items())
        return self._at_header(
            f"prices are of several sides ({', '.join(sides)}): choose one, as with --columns {option}"
        )

    def _no_header(self) -> FileRefused:
        row = ",".join(str(column[0].as_py()) for column in self.sample.columns.values())
        what = f"there is no header above the first row {quoted(row)}, and its values do not tell the columns"
        line = int(self.sample.lines[0])
        example = "--columns time,open,high,low,close,volume"
        return at_line(self.sample.name, line, f"{what}: name them, for example {example}", self.sample.place)

    # ── volume and vwap ──────────────────────────────────────────────────────────────────────────

    def _volumes(self, taken: set[int], prices: Mapping[str, int]) -> tuple[tuple[int, ...], bool]:
        if "volume" in self.named:
            self._choose("volume", (self.named["volume"],), "named by hand")
            return (self.named["volume"],), False
        if not self.headed and not self.meanings:
            return self._volume_by_values(taken, prices)
        candidates = [one for one in self._candidates("volume", taken) if self._is_volume(one.column, taken)]
        coins = [one for one in candidates if not one.meaning.money]
        money = [one for one in candidates if one.meaning.money]
        if not candidates:
            self._without_volume(taken)
            return (), False
        if self._buckets:
            coins = [one for one in coins if self._word(one.column) == "homenotional"]
        ordered = coins or money
        second = (money if coins else [])[:1] or ordered[1:2]
        why_not = "it is in money" if coins and money else "its heading is less exact"
        reason = self._by_heading(ordered[0])
        self._choose("volume", (ordered[0].column,), reason, second[0].column if second else None, why_not)
        both = coins[:1] + money[:1]
        return tuple(one.column for one in both), not coins

    def _is_volume(self, column: int, taken: set[int]) -> bool:
        """False for a moving mean of another column, which is noted."""
        values = self.values.get(column)
        if values is None:
            return True
        others = {i: other for i, other in self.values.items() if i != column and i not in taken}
        mean = evidence.averaged(values, others)
        if mean:
            self.notes.append(
                f"{self._name(column)} is a mean of {mean[1]} rows of {self._name(mean[0])}, so no volume"
            )
        return mean is None

    def _volume_by_values(self, taken: set[int], prices: Mapping[str, int]) -> tuple[tuple[int, ...], bool]:
        """The first column behind the prices that is no average price; one of a terminal's bars counts ticks."""
        last = max(prices.values())
        behind = [
            i for i in sorted(self.values) if i > last and i not in taken and not self._is_average(i, prices)
        ]
        if not behind:
            return (), False
        column = behind[0]
        values = self.values[column]
        if len(self.sample.columns) == 7 and self._whole(column) and column == last + 1 and last == 5:
            self.notes.append(
                f"{self._name(column)} counts ticks, as MetaTrader writes it; the volume is left empty"
            )
            return (), False
        if np.nanmin(values, initial=0) < 0:
            return (), False
        self._choose("volume", (column,), "its place behind the prices, and no value is negative")
        return (column,), False

    def _whole(self, column: int) -> bool:
        values = self.values[column]
        return bool((values == np.round(values)).all() and (values > 0).any())

    def _is_average(self, column: int, prices: Mapping[str, int]) -> bool:
        share = evidence.within(self.values[column], self.values[prices["low"]], self.values[prices["high"]])
        return share >= evidence.NEARLY_ALL and bool((self.values[column] > 0).any())

    def _without_volume(self, taken: set[int]) -> None:
        ticks = self._candidates("ticks", taken)
        if ticks:
            self.notes.append(f"{self._name(ticks[0].column)} counts trades or ticks, not coins")

    def _vwap(self, taken: set[int], prices: Mapping[str, int]) -> int | None:
        if "vwap" in self.named:
            self._choose("vwap", (self.named["vwap"],), "named by hand")
            return self.named["vwap"]
        for one in self._candidates("vwap", taken):
            low, high, values = (self.values.get(i) for i in (prices["low"], prices["high"], one.column))
            if values is None or low is None or high is None:
                self._choose("vwap", (one.column,), self._by_heading(one))
                return one.column
            share = evidence.within(values, low, high)
            if share >= evidence.NEARLY_ALL:
                self._choose("vwap", (one.column,), f"{self._by_heading(one)}, between low and high")
                return one.column
            self.notes.append(
                f"{self._name(one.column)} lies outside low and high in {1 - share:.0%} of the rows, so no vwap"
            )
        return None

    # ── words ────────────────────────────────────────────────────────────────────────────────────

    def _choose(
        self, role: str, columns: Sequence[int], reason: str, runner_up: int | None = None, why_not: str = ""
    ) -> None:
        name = " and ".join(self.sample.heading(i) for i in columns)
        second = "" if runner_up is None else self.sample.heading(runner_up)
        self.choices.append(Choice(role, name, reason, second, why_not if second else ""))

    def _by_heading(self, one: _Candidate) -> str:
        kind = "exact heading" if one.rank == EXACT else "heading"
        return f"{kind} {quoted(self.sample.headings[one.column])}"

    def _is(self, column: int, role: str) -> bool:
        return column in self.meanings and self.meanings[column].role == role

    def _name(self, column: int) -> str:
        return quoted(self.sample.heading(column))

    def _refuse(self, what: str) -> FileRefused:
        headings = ", ".join(quoted(self.sample.heading(i)) for i in self.sample.columns)
        remedy = "name them with --columns, such as --columns time=Date,close=Last"
        return FileRefused(f"{self.sample.name} {what}; its columns are {headings}: {remedy}")

    def _at_header(self, what: str) -> FileRefused:
        line = max(int(self.sample.lines[0]) - 1, 1)
        return at_line(self.sample.name, line, what, self.sample.place)


_BY_VALUES = {
    "open": "its values: nearest to the close before",
    "high": "its values: the highest of the four prices",
    "low": "its values: the lowest of the four prices",
    "close": "its values: nearest to the next open",
}


def _numbers(sample: Table, column: int) -> Floats | None:
    """Numbers of a column; None if it has none, or more than a few fields are not numbers."""
    values, wrong = sample.numbers(column)
    if not len(values) or wrong.mean() > 0.02:
        return None
    return values
