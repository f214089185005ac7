"""What looks wrong in observations: found, counted and named; nothing is ever changed or left out because of it.

Pure. Prices come as Series indexed by the start of their period, `datetime64[us, UTC]`, each period once.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ppa.core.catalogue import Asset, Catalogue, Series

HOUR = pd.Timedelta(hours=1)
# an hourly close that stands still for so long is a feed that does; slower series may stand still
FROZEN_HOURS = 12
# two markets of one asset differ by less, but for a spike
TOLERANCE = 0.02
# lags looked at: sessions and zones are up to half a day apart
MAX_LAG = 14
MIN_RETURNS = 200
# of returns at a lag, to call it a shift: markets of one asset correlate at 0.9, of two coins at 0.5 and more
CORRELATED = 0.3
# weekends, and the holidays around them
MAX_DAILY_PAUSE = pd.Timedelta(days=5)
GAPS = {
    "hourly": HOUR,
    "daily": MAX_DAILY_PAUSE,
    "monthly": pd.Timedelta(days=31),
    "quarterly": pd.Timedelta(days=92),
    "yearly": pd.Timedelta(days=366),
}


@dataclass(frozen=True)
class Finding:
    """What was found in one series: how often, from the first to the last time (UTC), in a sentence."""

    series: str
    kind: str
    first: datetime
    last: datetime
    count: int
    sentence: str


def check(observations: pd.DataFrame, catalogue: Catalogue) -> list[Finding]:
    """All findings in a frame with columns series, event_time, known_at, value, and perhaps source."""
    findings = list(duplicates(observations))
    newest = observations.sort_values("known_at").drop_duplicates(["series", "event_time"], keep="last")
    groups = newest.sort_values("event_time").groupby("series")
    values = {str(name): rows.set_index("event_time")["value"] for name, rows in groups}
    for name, prices in values.items():
        if name in catalogue.series:
            findings += check_series(catalogue.series[name], prices)
    for asset in catalogue.assets.values():
        findings += impossible_bars(asset, values)
    findings += _shifts_between_assets(catalogue, values)
    return sorted(findings, key=lambda finding: (finding.series, finding.first, finding.kind))


def check_series(series: Series, prices: "pd.Series[float]") -> list[Finding]:
    """What one series tells by itself."""
    frozen_hours = FROZEN_HOURS if series.cadence == "hourly" and not series.name.endswith("_volume") else 0
    found = [*gaps(series, prices), *out_of_range(series, prices)]
    return [*found, *frozen(series.name, prices, frozen_hours)] if frozen_hours else found


def duplicates(observations: pd.DataFrame) -> Iterator[Finding]:
    """Periods of which two values became known at the same moment: which one counts is chance."""
    repeated = observations[observations.duplicated(["series", "event_time", "known_at"])]
    for name, rows in repeated.groupby("series"):
        yield _found(str(name), "duplicate", rows["event_time"], "{count} values were stored twice")


def gaps(series: Series, prices: "pd.Series[float]") -> Iterator[Finding]:
    """Periods between the first and the last that have no value."""
    times = pd.DatetimeIndex(prices.index)
    wait = times[1:] - times[:-1]
    early, late = times[:-1][wait > GAPS[series.cadence]], times[1:][wait > GAPS[series.cadence]]
    if not len(early):
        return
    if series.cadence == "hourly":
        missing = int(((late - early) / HOUR).to_numpy().sum()) - len(early)
        words = f"{missing} hours are missing in {len(early)} {'gap' if len(early) == 1 else 'gaps'}"
        yield _finding(series.name, "gap", early[0] + HOUR, late[-1] - HOUR, missing, words)
    else:
        words = f"{len(early)} times the next {series.cadence} value is missing"
        yield _finding(series.name, "gap", early[0], late[-1], len(early), words)


def out_of_range(series: Series, prices: "pd.Series[float]") -> Iterator[Finding]:
    """Values outside the range that the catalogue calls plausible."""
    low, high = series.range
    outside = prices[~prices.between(low, high)]
    if len(outside):
        words = f"{{count}} values lie outside {low:g} to {high:g}, such as {outside.iloc[0]:g}"
        yield _found(series.name, "out of range", outside.index, words)


def frozen(name: str, prices: "pd.Series[float]", minimum: int) -> Iterator[Finding]:
    """Runs of at least `least` equal values in a row."""
    run = prices.ne(prices.shift()).cumsum()
    length = run.map(run.value_counts())
    standing = prices[length >= minimum]
    if len(standing):
        words = f"{{count}} values stand still for {minimum} periods or more, at {standing.iloc[0]:g} first"
        yield _found(name, "frozen", standing.index, words)


def impossible_bars(asset: Asset, values: Mapping[str, "pd.Series[float]"]) -> Iterator[Finding]:
    """Bars whose high lies below their low, whose open or close lies outside, or with a negative volume."""
    fields = {field: values.get(asset.series(field)) for field in ("open", "high", "low", "close", "volume")}
    present = {field: prices for field, prices in fields.items() if prices is not None}
    if {"high", "low"} - present.keys():
        return
    bars = pd.DataFrame(present)
    wrong = bars["high"] < bars["low"]
    for field in ("open", "close"):
        if field in bars:
            wrong |= (bars[field] > bars["high"]) | (bars[field] < bars["low"])
    if "volume" in bars:
        wrong |= bars["volume"] < 0
    if wrong.any():
        words = "{count} bars are impossible: high below low, open or close outside them, or negative volume"
        yield _found(asset.series("close"), "impossible bar", bars.index[wrong], words)


def disagreement(
    name: str,
    prices: "pd.Series[float]",
    others: "pd.Series[float]",
    source: str,
    tolerance: float = TOLERANCE,
) -> Iterator[Finding]:
    """Periods in which a second source differs by more than a fraction of the price."""
    both = pd.DataFrame({"here": prices, "there": others}).dropna()
    apart = (both["there"] / both["here"] - 1).abs()
    far = apart[apart > tolerance]
    if len(far):
        words = (
            f"{source} differs by more than {tolerance:.1%} in {{count}} periods, by {far.max():.1%} at most"
        )
        yield _found(name, "disagreement", far.index, words)


def shift(
    name: str, prices: "pd.Series[float]", others: "pd.Series[float]", source: str
) -> Iterator[Finding]:
    """A zone mistaken for another: hourly returns follow the other's at a lag of hours, not at zero."""
    lag = shifted_hours(prices, others)
    if lag:
        words = f"its returns follow those of {source} {abs(lag)} hours {'late' if lag > 0 else 'early'}"
        note = f"{words}: its times look {'ahead of' if lag > 0 else 'behind'} UTC"
        yield _finding(name, "time zone", prices.index[0], prices.index[-1], len(prices), note)


def shifted_hours(prices: "pd.Series[float]", others: "pd.Series[float]") -> int:
    """How many hours later than the others' the same returns are stamped here; 0 where nothing says so.

    A lag counts where returns correlate there, by more than chance and clearly more than at zero.
    """
    correlations = lag_correlations(prices, others)
    best = max(correlations, key=lambda lag: correlations[lag], default=0)
    told = correlations.get(best, 0.0) > max(CORRELATED, 2 * correlations.get(0, 0.0))
    return best if told else 0


def lag_correlations(prices: "pd.Series[float]", others: "pd.Series[float]") -> dict[int, float]:
    """Correlation of hourly returns by lag in hours; a lag with fewer than FEWEST_RETURNS common hours is left out."""
    here, there = _hourly_returns(prices), _hourly_returns(others)
    grid = here.index.union(there.index)
    if not len(grid):
        return {}
    hours = pd.date_range(grid[0], grid[-1], freq="h")
    mine, theirs = (returns.reindex(hours).to_numpy(dtype="float64") for returns in (here, there))
    found = {lag: _correlation(mine, theirs, lag) for lag in range(-MAX_LAG, MAX_LAG + 1)}
    return {lag: value for lag, value in found.items() if not np.isnan(value)}


def _correlation(mine: NDArray[np.floating], theirs: NDArray[np.floating], lag: int) -> float:
    later, earlier = (mine[lag:], theirs[: len(theirs) - lag]) if lag >= 0 else (mine[:lag], theirs[-lag:])
    both = ~np.isnan(later) & ~np.isnan(earlier)
    if both.sum() < MIN_RETURNS or not later[both].std() or not earlier[both].std():
        return float("nan")
    return float(np.corrcoef(later[both], earlier[both])[0, 1])


def _hourly_returns(prices: "pd.Series[float]") -> "pd.Series[float]":
    """Returns over one hour, where the hour before is there; a spike counts as one of many."""
    times = pd.DatetimeIndex(prices.index)
    after_an_hour = (times.to_series().diff() == HOUR).to_numpy()
    usual: pd.Series[float] = (prices / prices.shift() - 1)[after_an_hour]
    return usual.clip(*usual.quantile([0.005, 0.995])) if len(usual) else usual


def _shifts_between_assets(
    catalogue: Catalogue, values: Mapping[str, "pd.Series[float]"]
) -> Iterator[Finding]:
    """Assets move together, hour by hour: one that follows the others late has its times wrong."""
    closes = [asset.series("close") for asset in catalogue.assets.values() if asset.series("close") in values]
    for name in closes[1:]:
        yield from shift(name, values[name], values[closes[0]], closes[0])


def _found(name: str, kind: str, times: "pd.Index | pd.Series[pd.Timestamp]", words: str) -> Finding:
    moments = pd.DatetimeIndex(times).sort_values()
    return _finding(name, kind, moments[0], moments[-1], len(moments), words.format(count=len(moments)))


def _finding(
    name: str, kind: str, first: pd.Timestamp, last: pd.Timestamp, count: int, words: str
) -> Finding:
    sentence = f"{name}: {words}, {first:%Y-%m-%d %H:%M} to {last:%Y-%m-%d %H:%M} UTC."
    return Finding(name, kind, first.to_pydatetime(), last.to_pydatetime(), count, sentence)
