"""Time doctor: weeks in which the hours of a series are not those it claims.

Series of prices and volumes are indexed by the open of their hour, `datetime64[us, UTC]`, unique and ascending. A lag
is the number of hours by which a series is stamped late; times of a zone that were taken for UTC are late by the zone's
offset.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
import numpy.typing as npt
import pandas as pd

from ppa.core.quality.findings import Finding

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Prices = Mapping[str, "pd.Series[float]"]

HOUR = pd.Timedelta(hours=1)
WEEK = pd.Timedelta(days=7)
# largest lag in hours: time zones differ from UTC by up to half a day
MAX_LAG = 14

_WEEK = 168
# hours from the Monday before 1970 to 1970
_MONDAY = 72
# returns that a week needs at each lag
_MIN_RETURNS = 84
# correlation at a lag of a week among others of that lag, and of a week of its own
_RUN, _ALONE = 0.4, 0.6
_ALIGNED = 0.3
# weeks without enough returns that a run may hold
_MAX_PAUSE = 1
# clipped part of returns on each side, against spikes
_CLIPPED = 0.005
# correlation of a volume's profile with its usual one at a lag, and by how much it exceeds that at none, to have moved
_MOVED, _FURTHER = 0.7, 0.25
# weeks from which a volume's profile is compared with that of the market
_PROFILE_WEEKS = 8
# mean logarithm of the volume of BTC/USD by hour of day (UTC), without that of the day: Bitstamp, 2018 to 2022
_MARKET_PROFILE = (
    *(-0.04, -0.23, -0.34, -0.40, -0.36, -0.33, -0.19, -0.05, 0.09, 0.07, 0.11, 0.10),
    *(0.26, 0.33, 0.39, 0.35, 0.34, 0.10, 0.04, 0.05, 0.09, -0.11, -0.13, -0.14),
)
# bars that repeat others at one distance, for it to be no chance
_MIN_REPEATED = 3

# places by their usual name, the likelier ones of equal offsets first
_ZONES = {
    "US/Eastern": "America/New_York",
    "US/Central": "America/Chicago",
    "US/Pacific": "America/Los_Angeles",
    "US/Mountain": "America/Denver",
    "America/Phoenix": "America/Phoenix",
    "America/Sao_Paulo": "America/Sao_Paulo",
    "Europe/London": "Europe/London",
    "Europe/Berlin": "Europe/Berlin",
    "Europe/Helsinki": "Europe/Helsinki",
    "Europe/Moscow": "Europe/Moscow",
    "Asia/Dubai": "Asia/Dubai",
    "Asia/Bangkok": "Asia/Bangkok",
    "Asia/Shanghai": "Asia/Shanghai",
    "Asia/Tokyo": "Asia/Tokyo",
    "Australia/Sydney": "Australia/Sydney",
}


@dataclass(frozen=True)
class ShiftedWeeks:
    """Weeks in which `series` is stamped late by `lags` hours, one for each week, against `others`.

    `first` is the Monday of the first week and `until` the one after the last. `start` and `end` are the hours between
    which the shift is, as near as the returns tell. It is `certain` if something tells that the others are not shifted
    instead.
    """

    series: str
    others: tuple[str, ...]
    first: pd.Timestamp
    until: pd.Timestamp
    lags: tuple[int, ...]
    start: pd.Timestamp
    end: pd.Timestamp
    certain: bool = True

    @property
    def lag(self) -> int:
        """The commonest lag in hours."""
        return max(set(self.lags), key=self.lags.count)


def shifted_weeks(prices: Prices, volumes: Prices | None = None) -> list[ShiftedWeeks]:
    """Weeks in which the returns of a series match those of the others at another hour.

    `prices` are hourly closes by name: of other sources, and of other assets. Where a third series agrees with one of
    two, the other is shifted; else the one whose lags are those of a zone that changes its clocks, that has a gap where
    the shift begins or ends, or whose `volumes` by hour of day have moved from those of other weeks or of the market;
    else the later one of the mapping, which is not certain.
    """
    grid = _Grid(prices)
    runs = [run for pair in combinations(prices, 2) for run in grid.runs(*pair)]
    return _merged([grid.to_ends(_blamed(run, grid, prices, volumes or {})) for run in runs])


def likely_zones(weeks: Sequence[pd.Timestamp], lags: Sequence[int]) -> list[str]:
    """Names of the zones whose offset from UTC is that lag in each of the weeks, given by their Mondays."""
    return [name for name, zone in _ZONES.items() if _fits(zone, weeks, lags)]


def describe(shifted: ShiftedWeeks) -> str:
    """Sentence on shifted weeks, such as `weeks of 2017-09-25 to 2017-11-12 look like US/Eastern`."""
    last = shifted.until - pd.Timedelta(days=1)
    hours = abs(shifted.lag)
    way = "early" if shifted.lag < 0 else "late"
    weeks = pd.date_range(shifted.first, periods=len(shifted.lags), freq=WEEK)
    zones = likely_zones(list(weeks), shifted.lags)
    place = " or ".join(zones[:2]) or f"UTC{shifted.lag:+d}"
    against = ", ".join(shifted.others)
    return (
        f"weeks of {shifted.first:%Y-%m-%d} to {last:%Y-%m-%d} look like {place}: "
        f"their returns match those of {against} {hours} hour{'s' * (hours > 1)} {way}"
        + ("" if shifted.certain else f"; nothing tells whether {shifted.series} or {against} is at fault")
    )


def repair(shifted: ShiftedWeeks) -> str:
    """Options of an import that repair the weeks, such as `--shift 2017-09-25T00:00..2017-11-12T21:00=+4h`.

    Where clocks are changed within the weeks, there is one for each part.
    """
    parts = _parts(shifted)
    return " ".join(f"--shift {_stamp(start)}..{_stamp(end)}={-lag:+d}h" for start, end, lag in parts)


def _parts(shifted: ShiftedWeeks) -> list[tuple[pd.Timestamp, pd.Timestamp, int]]:
    """Parts of shifted weeks with one lag each, in the stamps of the series."""
    weeks = pd.date_range(shifted.first, periods=len(shifted.lags), freq=WEEK)
    zones = likely_zones(list(weeks), shifted.lags)
    changes = [i for i in range(1, len(weeks)) if shifted.lags[i] != shifted.lags[i - 1]]
    zone = _ZONES[zones[0]] if zones else None
    edges = [shifted.start, *(_change(weeks[i], zone, shifted.lags[i - 1]) for i in changes), shifted.end]
    lags = [shifted.lags[0], *(shifted.lags[i] for i in changes)]
    return list(zip(edges[:-1], edges[1:], lags, strict=True))


def _change(monday: pd.Timestamp, zone: str | None, lag: int) -> pd.Timestamp:
    """Hour near a Monday at which a zone leaves the offset `lag`, in stamps of that zone; the Monday without a zone."""
    if zone is None:
        return monday
    hours = pd.date_range(monday - WEEK, monday + WEEK, freq="h")
    offsets = np.array([hour.utcoffset() for hour in hours.tz_convert(zone)])
    changed = int(np.argmax(offsets != pd.Timedelta(hours=lag)))
    return pd.Timestamp(hours[changed]) + pd.Timedelta(hours=lag)


def _stamp(moment: pd.Timestamp) -> str:
    return f"{moment:%Y-%m-%dT%H:%M}"


def to_findings(shifts: Sequence[ShiftedWeeks]) -> list[Finding]:
    """Serious findings of shifted weeks, with the repair."""
    return [
        Finding(
            series=one.series,
            kind="time zone",
            first=one.first.to_pydatetime(),
            last=(one.until - HOUR).to_pydatetime(),
            count=len(one.lags) * _WEEK,
            sentence=f"{one.series}: {describe(one)}.",
            serious=True,
            remedy=f"Import the file with {repair(one)}, or with its true time zone.",
        )
        for one in shifts
    ]


def repeated_bars(name: str, bars: pd.DataFrame) -> list[Finding]:
    """Findings of bars that equal bars of another hour: a frame indexed by `ts` with open, high, low and close.

    Bars without a move are left out, since they can be equal by chance.
    """
    moved = bars[bars["high"] > bars["low"]]
    fields = [field for field in ("open", "high", "low", "close", "volume") if field in moved]
    times = pd.DatetimeIndex(moved.index).to_series(index=moved.index)
    first = times.groupby([moved[field] for field in fields], dropna=False).transform("min")
    apart = (times.astype("int64") - first.astype("int64")).to_numpy() // 3_600_000_000
    distances, counts = np.unique(apart[apart > 0], return_counts=True)
    return [
        _repeated(name, pd.DatetimeIndex(times[apart == distance]), int(distance))
        for distance, count in zip(distances, counts, strict=True)
        if count >= _MIN_REPEATED
    ]


def profile_lag(volume: "pd.Series[float]", usual: "pd.Series[float]") -> int:
    """Hours by which the profile of a volume by hour of day is late against a usual one; 0 if it has not moved."""
    here, there = _profile(volume), _profile(usual)
    if np.isnan(here).any() or np.isnan(there).any() or not here.std() or not there.std():
        return 0
    correlations = [float(np.corrcoef(here, np.roll(there, lag))[0, 1]) for lag in range(24)]
    best = int(np.argmax(correlations))
    if correlations[best] < _MOVED or correlations[best] - correlations[0] < _FURTHER:
        return 0
    return best if best <= 12 else best - 24


class _Grid:
    """Returns of all series on one grid of hours."""

    def __init__(self, prices: Prices) -> None:
        hours = {name: _hours(closes) for name, closes in prices.items()}
        starts = [h[0] for h in hours.values() if len(h)]
        self.first = (min(starts, default=0) + _MONDAY) // _WEEK * _WEEK - _MONDAY
        self.size = max((h[-1] for h in hours.values() if len(h)), default=self.first) - self.first + 1
        self.weeks = np.arange(self.size) // _WEEK
        self.returns = {name: self._returns(hours[name], closes) for name, closes in prices.items()}
        self.correlations = dict[tuple[str, str], Floats]()

    def _returns(self, hours: Ints, closes: "pd.Series[float]") -> Floats:
        logs = np.full(self.size, np.nan)
        with np.errstate(all="ignore"):
            logs[hours - self.first] = np.log(closes.to_numpy(dtype=np.float64))
        returns = np.diff(logs, prepend=np.nan)
        finite = returns[np.isfinite(returns)]
        returns[~np.isfinite(returns)] = np.nan
        return np.clip(returns, *np.quantile(finite, [_CLIPPED, 1 - _CLIPPED])) if finite.size else returns

    def time(self, hour: int) -> pd.Timestamp:
        """Time of a position of the grid."""
        return pd.Timestamp((self.first + hour) * 3_600_000_000, unit="us", tz="UTC").as_unit("us")

    def lags(self, late: str, other: str) -> Floats:
        """Correlation by lag and week of the returns of `late` with those of `other` so many hours before."""
        key = (late, other)
        if key not in self.correlations:
            x, y = self.returns[late], self.returns[other]
            lags = range(-MAX_LAG, MAX_LAG + 1)
            self.correlations[key] = np.array([self._correlation(x, _moved(y, lag)) for lag in lags])
        return self.correlations[key]

    def aligned(self, one: str, other: str, week: int) -> bool | None:
        """True if two series agree in a week at lag 0, False if at another, None if nothing tells."""
        correlations = self.lags(one, other)[:, week]
        if np.isnan(correlations).all():
            return None
        best = int(np.nanargmax(correlations)) - MAX_LAG
        strong = np.nanmax(correlations) >= _ALIGNED
        return best == 0 if strong else None

    def runs(self, late: str, other: str) -> Iterator[ShiftedWeeks]:
        """Runs of weeks in which two series match at another lag than 0."""
        correlations = self.lags(late, other)
        strength = np.nan_to_num(correlations, nan=-1.0)
        best = strength.argmax(axis=0) - MAX_LAG
        top, zero = strength.max(axis=0), np.maximum(strength[MAX_LAG], 0)
        shifted = (best != 0) & (top > _RUN) & (top > 2 * zero)
        judged = top > -1
        for weeks in _runs(shifted, judged, best):
            if len(weeks) > 1 or top[weeks[0]] > _ALONE:
                yield self._run(late, other, weeks, best)

    def to_ends(self, run: ShiftedWeeks) -> ShiftedWeeks:
        """The run from the first hour of its series, and to the last one, where no week beyond it says anything."""
        judged = [bool(week.any()) for week in np.isfinite(self.lags(run.series, run.others[0])).T]
        first, until = ((moment - self.time(0)) // WEEK for moment in (run.first, run.until))
        hours = np.flatnonzero(np.isfinite(self.returns[run.series]))
        start = run.start if any(judged[:first]) else self.time(int(hours[0]) - 1)
        return replace(
            run, start=start, end=run.end if any(judged[until:]) else self.time(int(hours[-1]) + 1)
        )

    def _run(self, late: str, other: str, weeks: list[int], best: Ints) -> ShiftedWeeks:
        whole = range(weeks[0], weeks[-1] + 1)
        lags = [int(best[week]) if week in weeks else int(best[weeks[0]]) for week in whole]
        first, until = self.time(weeks[0] * _WEEK), self.time((weeks[-1] + 1) * _WEEK)
        start, end = self._edges(late, other, weeks, (lags[0], lags[-1]))
        return ShiftedWeeks(late, (other,), first, until, tuple(lags), start, end)

    def _edges(
        self, late: str, other: str, weeks: list[int], lags: tuple[int, int]
    ) -> tuple[pd.Timestamp, pd.Timestamp]:
        """Hours at which the shift begins and ends: where the sum of what the lag explains better changes its sign."""
        x, y = self.returns[late], self.returns[other]
        gains = [np.nan_to_num(x * (_moved(y, lag) - y)) for lag in lags]
        low, high = max((weeks[0] - 1) * _WEEK, 0), min((weeks[0] + 1) * _WEEK, self.size)
        start = low + int(np.argmin(np.append(0, np.cumsum(gains[0][low:high]))))
        low, high = max(weeks[-1] * _WEEK, start), min((weeks[-1] + 2) * _WEEK, self.size)
        end = low + int(np.argmax(np.append(0, np.cumsum(gains[1][low:high]))))
        return self.time(start), self.time(end)

    def _correlation(self, x: Floats, y: Floats) -> Floats:
        """Correlation of two series by week; NaN where a week has too few common returns."""
        both = np.isfinite(x) & np.isfinite(y)
        weeks, count = self.weeks[both], int(self.weeks[-1]) + 1
        n = np.bincount(weeks, minlength=count).astype(np.float64)
        a, b = x[both], y[both]
        sums = [np.bincount(weeks, part, minlength=count) for part in (a, b, a * b, a * a, b * b)]
        with np.errstate(all="ignore"):
            sx, sy, sxy, sxx, syy = (part / n for part in sums)
            correlation = (sxy - sx * sy) / np.sqrt((sxx - sx * sx) * (syy - sy * sy))
        return np.where(n >= _MIN_RETURNS, correlation, np.nan)


def _hours(closes: "pd.Series[float]") -> Ints:
    hours: Ints = pd.DatetimeIndex(closes.index).as_unit("us").asi8 // 3_600_000_000
    return hours


def _moved(values: Floats, lag: int) -> Floats:
    """Values `lag` hours later, NaN at the edge."""
    moved = np.full_like(values, np.nan)
    if lag > 0:
        moved[lag:] = values[:-lag]
    elif lag < 0:
        moved[:lag] = values[-lag:]
    else:
        moved[:] = values
    return moved


def _runs(shifted: npt.NDArray[np.bool_], judged: npt.NDArray[np.bool_], best: Ints) -> Iterator[list[int]]:
    """Weeks that are shifted by about the same lag, with at most a short pause that says nothing between them."""
    run = list[int]()
    for week in np.flatnonzero(shifted):
        pause = range(run[-1] + 1, week) if run else ()
        joined = run and len(pause) <= _MAX_PAUSE and not any(judged[i] for i in pause)
        if run and not (joined and abs(int(best[week]) - int(best[run[-1]])) <= 1):
            yield run
            run = []
        run = [*run, int(week)]
    if run:
        yield run


def _blamed(run: ShiftedWeeks, grid: _Grid, prices: Prices, volumes: Prices) -> ShiftedWeeks:
    """The run with the series that is shifted: the one of the two with more against it."""
    moved = -pd.Timedelta(hours=run.lag)
    lags = tuple(-lag for lag in run.lags)
    other = replace(
        run,
        series=run.others[0],
        others=(run.series,),
        lags=lags,
        start=run.start + moved,
        end=run.end + moved,
    )
    scores = [_evidence(one, grid, prices, volumes) for one in (run, other)]
    return replace(run if scores[0] > scores[1] else other, certain=scores[0] != scores[1])


def _evidence(run: ShiftedWeeks, grid: _Grid, prices: Prices, volumes: Prices) -> tuple[int, ...]:
    """Evidence that the series of a run is shifted, the strongest first.

    Third series, a zone's changes of clocks, gaps at its edges, and its volume's profile beside that of other weeks and
    beside the market's.
    """
    weeks = range((run.first - grid.time(0)) // WEEK, (run.until - grid.time(0)) // WEEK)
    thirds = [third for third in prices if third not in (run.series, *run.others)]
    pairs = [sorted((run.series, third), key=list(prices).index) for third in thirds]
    verdicts = [grid.aligned(one, two, week) for one, two in pairs for week in weeks]
    against = verdicts.count(False) - verdicts.count(True)
    volume = volumes.get(run.series)
    profiles = (_profile_moved(volume, run), _profile_of_other_hours(volume, run))
    return against, _changes_clocks(run), _gaps_near(prices[run.series], run), *profiles


def _changes_clocks(run: ShiftedWeeks) -> int:
    """1 if the lags of a run change as those of a zone do."""
    if len(set(run.lags)) == 1:
        return 0
    weeks = pd.date_range(run.first, periods=len(run.lags), freq=WEEK)
    return int(bool(likely_zones(list(weeks), run.lags)))


def _gaps_near(closes: "pd.Series[float]", run: ShiftedWeeks) -> int:
    """Hours missing near the edges of a run, where the series has values on both sides; at most the lag."""
    around = pd.Timedelta(hours=abs(run.lag) + 24)
    missing = 0
    for edge in (run.start, run.end):
        hours = closes[(closes.index >= edge - around) & (closes.index < edge + around)]
        if len(hours) > 1:
            missing += (hours.index[-1] - hours.index[0]) // HOUR + 1 - len(hours)
    return min(missing, abs(run.lag))


def _profile_moved(volume: "pd.Series[float] | None", run: ShiftedWeeks) -> int:
    """1 if the volume's profile by hour of day is another one in the weeks of the run than elsewhere."""
    if volume is None:
        return 0
    inside = (volume.index >= run.first) & (volume.index < run.until)
    return int(profile_lag(volume[inside], volume[~inside]) != 0)


def _profile_of_other_hours(volume: "pd.Series[float] | None", run: ShiftedWeeks) -> int:
    """1 if the volume's profile in the weeks of the run is the market's at its lag, -1 if it is at its own hours."""
    if volume is None or len(run.lags) < _PROFILE_WEEKS:
        return 0
    here = _profile(volume[(volume.index >= run.first) & (volume.index < run.until)])
    if np.isnan(here).any() or not here.std():
        return 0
    moved, own = (float(np.corrcoef(here, np.roll(_MARKET_PROFILE, lag))[0, 1]) for lag in (run.lag, 0))
    if max(moved, own) < _MOVED or abs(moved - own) < _FURTHER:
        return 0
    return 1 if moved > own else -1


def _profile(volume: "pd.Series[float]") -> Floats:
    """Mean logarithm of the volume by hour of day, without that of the day; NaN for hours without values."""
    traded = volume[volume > 0]
    logs = np.log(traded.to_numpy(dtype=np.float64))
    times = pd.DatetimeIndex(traded.index)
    days = pd.Series(logs).groupby(times.floor("D").asi8).transform("mean").to_numpy()
    hours = pd.Series(logs - days).groupby(times.hour.to_numpy()).mean()
    profile: Floats = hours.reindex(range(24)).to_numpy()
    return profile


def _merged(runs: Sequence[ShiftedWeeks]) -> list[ShiftedWeeks]:
    """One entry for the runs of a series that overlap at one lag, with all series that it was compared with."""
    merged = list[ShiftedWeeks]()
    for run in sorted(runs, key=lambda run: (run.series, run.first, -len(run.lags))):
        last = merged[-1] if merged else None
        if last and last.series == run.series and last.lag == run.lag and run.first < last.until:
            others = tuple(dict.fromkeys((*last.others, *run.others)))
            merged[-1] = replace(last, others=others, certain=last.certain or run.certain)
        else:
            merged.append(run)
    return merged


def _fits(zone: str, weeks: Sequence[pd.Timestamp], lags: Sequence[int]) -> bool:
    middles = [week + WEEK / 2 for week in weeks]
    offsets = [middle.tz_convert(zone).utcoffset() for middle in middles]
    return all(offset == pd.Timedelta(hours=lag) for offset, lag in zip(offsets, lags, strict=True))


def _repeated(name: str, times: pd.DatetimeIndex, distance: int) -> Finding:
    span = f"{times[0]:%Y-%m-%d %H:%M} to {times[-1]:%Y-%m-%d %H:%M} UTC"
    return Finding(
        series=name,
        kind="repeated bars",
        first=times[0].to_pydatetime(),
        last=times[-1].to_pydatetime(),
        count=len(times),
        sentence=f"{name}: {len(times)} bars equal those of {distance} hours before, {span}.",
        serious=True,
        remedy="These hours are there twice: withdraw the import, remove one of the two parts, and import it again.",
    )
