"""Daily plan of provider calls, computed from the rate limits and the time of each series' last refresh."""

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
# share of a daily allowance reserved for retries and manual requests
RESERVE = 0.2
# refreshes per day of daily series without a daily limit: they are published at different hours
ROUNDS = 4
# after midnight UTC, when yesterday's closes are available
FIRST_ROUND = timedelta(minutes=30)


@dataclass(frozen=True)
class Refresh:
    """Calls that bring series of one provider up to date; `last` is the time of the last refresh (UTC)."""

    provider: str
    series: tuple[str, ...]
    cadence: str
    last: datetime | None = None
    calls: int = 1

    @property
    def slow(self) -> bool:
        """True if the refresh can be postponed for lack of calls: its series are monthly, quarterly or yearly."""
        return self.cadence not in ("hourly", "daily")


@dataclass(frozen=True)
class PlannedRefresh:
    """A refresh and its due time (UTC); a time in the past means now."""

    at: datetime
    refresh: Refresh


@dataclass(frozen=True)
class ProviderPlan:
    """Refreshes planned for one provider, soonest first, with those postponed for lack of calls.

    `needed` and `allowed` are calls per day, `used` the calls of the last 24 hours; `allowed` is None without a limit.
    """

    provider: str
    planned: tuple[PlannedRefresh, ...]
    postponed: tuple[Refresh, ...]
    needed: int
    allowed: int | None
    used: int

    def due(self, now: datetime) -> list[Refresh]:
        """Refreshes that are due at `now`."""
        return [planned.refresh for planned in self.planned if planned.at <= now]

    def __str__(self) -> str:
        of = f" of {self.allowed}" if self.allowed is not None else ""
        postponed = f"; {len(self.postponed)} postponed for lack of calls" if self.postponed else ""
        return f"{self.provider}: daily refresh needs {self.needed}{of} calls, {self.used} used{postponed}"


def plan(
    refreshes: Sequence[Refresh], limits: Mapping[str, Limits], now: datetime, used: Mapping[str, int]
) -> list[ProviderPlan]:
    """Plan the refreshes of each provider at `now`; deterministic in its arguments.

    Daily series are refreshed once a day, or ROUNDS times if the provider has no daily limit; slower series share the
    rest of the allowance in rotation, evenly spread. `used` maps providers, fallback providers included, to their calls
    in the last 24 hours.
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
) -> Iterator[PlannedRefresh]:
    """Due time of each refresh: its last turn if that was missed, else its next one."""
    for place, refresh in enumerate(sorted(refreshes, key=lambda refresh: refresh.series)):
        turn = now - (now - (EPOCH + FIRST_ROUND + place * step)) % period
        missed = refresh.last is None or refresh.last < turn
        yield PlannedRefresh(turn if missed else turn + period, refresh)


def _fitting(
    turns: Sequence[PlannedRefresh], now: datetime, usable: int | None, used: int
) -> tuple[list[PlannedRefresh], list[Refresh]]:
    """Split turns into those that fit the allowance, by time, and those postponed; daily series take precedence."""
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


def call_key(source: Source) -> str:
    """Key shared by sources that one call refreshes; Polygon serves all tickers of a market in one call."""
    if source.provider == "polygon":
        return source.symbol[:2] if source.symbol[1:2] == ":" else "stocks"
    return f"{source.symbol} {sorted(source.parameters.items())}"


def refreshes(
    catalogue: Catalogue,
    providers: Collection[str],
    last: Mapping[str, datetime],
    key: Callable[[Source], str] = call_key,
) -> list[Refresh]:
    """Group the catalogue's series into refreshes, by the first of their providers that is in use.

    `last` maps series to the time of their last refresh; sources with the same `key` share a call.
    """
    groups: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for series in catalogue.series.values():
        source = next((source for source in series.sources if source.provider in providers), None)
        if source and series.cadence != "hourly":
            groups[source.provider, series.cadence, key(source)].append(series.name)
    return [
        Refresh(provider, tuple(names), cadence, _oldest(names, last))
        for (provider, cadence, _), names in groups.items()
    ]


def _oldest(names: Sequence[str], last: Mapping[str, datetime]) -> datetime | None:
    times = [last[name] for name in names if name in last]
    return min(times) if len(times) == len(names) else None
