"""When in the day each series is asked for: pure, from the limits and from when it was last done."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import ceil

from ppa.core.catalogue import Catalogue, Source
from ppa.providers.quota import DAY, Limits

# daily and slower series are asked for once an hour, away from the full hour's bars, and all of them,
# for revisions, once a day
SLOW_MINUTE = 20
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# kept back of a daily allowance, for retries and for a person who asks
RESERVE = 0.2
# where nothing limits a day, daily series are asked for this often: they come at different hours
ROUNDS = 4
# after midnight UTC, when yesterday's closes are in
FIRST_ROUND = timedelta(minutes=30)


@dataclass(frozen=True)
class Refresh:
    """What brings some series of one provider up to date; `last` is when it was last done (UTC)."""

    provider: str
    series: tuple[str, ...]
    cadence: str
    last: datetime | None = None
    calls: int = 1

    @property
    def slow(self) -> bool:
        """Whether it may wait for its turn."""
        return self.cadence not in ("hourly", "daily")


@dataclass(frozen=True)
class Planned:
    """A refresh and when it is to be done; a moment that has passed means now."""

    at: datetime
    refresh: Refresh


@dataclass(frozen=True)
class ProviderPlan:
    """What is to be done of one provider, soonest first, what has to wait, and calls needed of those allowed."""

    provider: str
    planned: tuple[Planned, ...]
    postponed: tuple[Refresh, ...]
    needed: int
    allowed: int | None
    used: int

    def due(self, now: datetime) -> list[Refresh]:
        """What is to be done now."""
        return [planned.refresh for planned in self.planned if planned.at <= now]

    def __str__(self) -> str:
        of = f" of {self.allowed}" if self.allowed is not None else ""
        late = f"; {len(self.postponed)} wait for free calls" if self.postponed else ""
        return f"{self.provider}: daily refresh needs {self.needed}{of} calls, {self.used} made{late}"


def plan(
    refreshes: Sequence[Refresh], limits: Mapping[str, Limits], now: datetime, used: Mapping[str, int]
) -> list[ProviderPlan]:
    """Each provider's plan at `now`, which is the same whenever and wherever it is made.

    Daily series have their turn once a day, or ROUNDS times where nothing limits the day; the slower ones
    share what is left of the allowance in rotation, spread evenly. `used`: calls in the last 24 hours, also
    of providers that are only asked where another fails.
    """
    providers = dict.fromkeys([*(refresh.provider for refresh in refreshes), *used])
    return [
        _provider_plan(
            provider,
            [refresh for refresh in refreshes if refresh.provider == provider],
            limits.get(provider, Limits()),
            now,
            used.get(provider, 0),
        )
        for provider in providers
    ]


def _provider_plan(
    provider: str, refreshes: Sequence[Refresh], limits: Limits, now: datetime, used: int
) -> ProviderPlan:
    daily = [refresh for refresh in refreshes if not refresh.slow]
    slow = [refresh for refresh in refreshes if refresh.slow]
    usable = None if limits.per_day is None else int(limits.per_day * (1 - RESERVE))
    rounds = ROUNDS if usable is None else 1
    cycle = 1 if usable is None else ceil(_calls(slow) / max(1, usable - _calls(daily))) or 1
    turns = [
        *_turns(daily, DAY / rounds, limits.spacing(), now),
        *_turns(slow, cycle * DAY, cycle * DAY / max(1, len(slow)), now),
    ]
    fitting, postponed = _fitting(turns, now, usable, used)
    needed = _calls(daily) * rounds + ceil(_calls(slow) / cycle)
    return ProviderPlan(provider, tuple(fitting), tuple(postponed), needed, limits.per_day, used)


def _calls(refreshes: Sequence[Refresh]) -> int:
    return sum(refresh.calls for refresh in refreshes)


def _turns(
    refreshes: Sequence[Refresh], period: timedelta, step: timedelta, now: datetime
) -> Iterator[Planned]:
    """When each is to be done: in its last turn where that was missed, else in its next."""
    for place, refresh in enumerate(sorted(refreshes, key=lambda refresh: refresh.series)):
        turn = now - (now - (EPOCH + FIRST_ROUND + place * step)) % period
        missed = refresh.last is None or refresh.last < turn
        yield Planned(turn if missed else turn + period, refresh)


def _fitting(
    turns: Sequence[Planned], now: datetime, usable: int | None, used: int
) -> tuple[list[Planned], list[Refresh]]:
    """Turns by time, and those due that the allowance has no call for: the quick before the slow."""
    due = sorted(
        (t for t in turns if t.at <= now), key=lambda t: (t.refresh.slow, t.refresh.last or EPOCH, t.at)
    )
    fitting, postponed = [turn for turn in turns if turn.at > now], []
    for turn in due:
        used += turn.refresh.calls
        if usable is None or used <= usable:
            fitting.append(turn)
        else:
            postponed.append(turn.refresh)
    return sorted(fitting, key=lambda turn: turn.at), postponed


def one_call(source: Source) -> str:
    """What is the same for sources that one call brings up to date: Polygon serves a market's days at once."""
    if source.provider == "polygon":
        return source.symbol[:2] if source.symbol[1:2] == ":" else "stocks"
    return f"{source.symbol} {sorted(source.parameters.items())}"


def refreshes(
    catalogue: Catalogue,
    providers: Collection[str],
    last: Mapping[str, datetime],
    together: Callable[[Source], str] = one_call,
) -> list[Refresh]:
    """A refresh for all series that one call serves, by their first provider in use.

    `last` is when each series was last asked for; series whose sources have the same `together` share a call.
    """
    groups: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for series in catalogue.series.values():
        source = next((source for source in series.sources if source.provider in providers), None)
        if source and series.cadence != "hourly":
            groups[source.provider, series.cadence, together(source)].append(series.name)
    return [
        Refresh(provider, tuple(names), cadence, _oldest(names, last))
        for (provider, cadence, _), names in groups.items()
    ]


def _oldest(names: Sequence[str], last: Mapping[str, datetime]) -> datetime | None:
    done = [last[name] for name in names if name in last]
    return min(done) if len(done) == len(names) else None
