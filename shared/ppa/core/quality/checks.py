"""Quality checks on observations; findings are reported, and the data is never changed.

Values are passed as Series indexed by the start of their period, `datetime64[us, UTC]`, unique and ascending.
"""

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ppa.core.catalogue import BAR_FIELDS, Asset, Catalogue, Series
from ppa.core.quality.findings import Finding, finding, finding_at
from ppa.core.quality.price_doctor import examine
from ppa.core.quality.time_doctor import repeated_bars, shifted_weeks, to_findings

HOUR = pd.Timedelta(hours=1)
# constant hourly values for this long indicate a frozen feed; slower series may stay constant
FROZEN_HOURS = 12
# prices of one asset on two markets differ by less, except for spikes
TOLERANCE = 0.02
# largest lag in hours to test: time zones and sessions differ by up to half a day
MAX_LAG = 14
MIN_RETURNS = 200
# minimum correlation of returns at a lag to report a shift; two markets of one asset reach 0.9, two coins 0.5
CORRELATED = 0.3
# weekends with adjacent holidays
MAX_DAILY_PAUSE = pd.Timedelta(days=5)
GAPS = {
    "hourly": HOUR,
    "daily": MAX_DAILY_PAUSE,
    "monthly": pd.Timedelta(days=31),
    "quarterly": pd.Timedelta(days=92),
    "yearly": pd.Timedelta(days=366),
}


def check(observations: pd.DataFrame, catalogue: Catalogue) -> list[Finding]:
    """Run all checks on a frame with the columns series, event_time, known_at and value."""
    values = _newest(observations)
    findings = [*duplicates(observations), *_doctors(observations, values, catalogue)]
    for name, prices in values.items():
        if name in catalogue.series:
            findings += check_series(catalogue.series[name], prices)
    for asset in catalogue.assets.values():
        findings += impossible_bars(asset, values)
    return _sorted(findings)


def check_seriously(observations: pd.DataFrame, catalogue: Catalogue) -> list[Finding]:
    """Run those checks that can make a serious finding, on such a frame; return the serious ones."""
    findings = _doctors(observations, _newest(observations), catalogue)
    return _sorted([finding for finding in findings if finding.serious])


def _sorted(findings: list[Finding]) -> list[Finding]:
    return sorted(findings, key=lambda finding: (finding.series, finding.first, finding.kind))


def _newest(observations: pd.DataFrame) -> dict[str, "pd.Series[float]"]:
    """Newest value of each period, by series."""
    newest = observations.sort_values("known_at").drop_duplicates(["series", "event_time"], keep="last")
    groups = newest.sort_values("event_time").groupby("series")
    return {str(name): rows.set_index("event_time")["value"] for name, rows in groups}


def _doctors(
    observations: pd.DataFrame, values: Mapping[str, "pd.Series[float]"], catalogue: Catalogue
) -> list[Finding]:
    examined = [finding for asset in catalogue.assets.values() for finding in _examined(asset, values)]
    return [*examined, *_shifts(observations, values, catalogue)]


def _examined(asset: Asset, values: Mapping[str, "pd.Series[float]"]) -> list[Finding]:
    """Findings of the doctors in the bars of one asset."""
    fields = {field: values[name] for field in BAR_FIELDS if (name := asset.series(field)) in values}
    if {"open", "high", "low", "close"} - fields.keys():
        return []
    bars = pd.DataFrame(fields)
    name = asset.series("close")
    return [*examine(name, bars), *repeated_bars(name, bars.dropna(subset=["open", "high", "low", "close"]))]


def _shifts(
    observations: pd.DataFrame, newest: Mapping[str, "pd.Series[float]"], catalogue: Catalogue
) -> list[Finding]:
    """Weeks in which the closes of an asset, or of one of its sources, are at other hours than the others'."""
    providers = {source.provider for series in catalogue.series.values() for source in series.sources}
    entries = list[tuple[bool, str, Asset, Mapping[str, "pd.Series[float]"]]]()
    for asset in catalogue.assets.values():
        close = asset.series("close")
        closes = observations[observations["series"] == close]
        sources = sorted(set(closes["source"])) if "source" in closes else []
        if len(sources) <= 1:
            entries.append((not providers.issuperset(sources), close, asset, newest))
            continue
        for source in sources:
            own = _newest(_of(observations, asset, source))
            entries.append((source not in providers, f"{close} of {source}", asset, own))
    # the later one is blamed if nothing tells, and files are read wrongly more often than providers
    entries.sort(key=lambda entry: entry[0])
    prices, volumes = (
        {name: own[asset.series(field)] for _, name, asset, own in entries if asset.series(field) in own}
        for field in ("close", "volume")
    )
    return to_findings(shifted_weeks(prices, volumes))


def _of(observations: pd.DataFrame, asset: Asset, source: str) -> pd.DataFrame:
    """Closes and volumes of one asset from one source."""
    names = (asset.series("close"), asset.series("volume"))
    return observations[observations["series"].isin(names) & (observations["source"] == source)]


def check_series(series: Series, prices: "pd.Series[float]") -> list[Finding]:
    """Run the checks that need a single series."""
    frozen_hours = FROZEN_HOURS if series.cadence == "hourly" and not series.name.endswith("_volume") else 0
    findings = [*gaps(series, prices), *out_of_range(series, prices)]
    return [*findings, *frozen(series.name, prices, frozen_hours)] if frozen_hours else findings


def duplicates(observations: pd.DataFrame) -> Iterator[Finding]:
    """Find periods with two values of the same known_at, whose order is undefined."""
    repeated = observations[observations.duplicated(["series", "event_time", "known_at"])]
    for name, rows in repeated.groupby("series"):
        yield finding_at(str(name), "duplicate", rows["event_time"], "{count} values were stored twice")


def gaps(series: Series, prices: "pd.Series[float]") -> Iterator[Finding]:
    """Find periods without a value between the first and the last."""
    times = pd.DatetimeIndex(prices.index)
    wait = times[1:] - times[:-1]
    early, late = times[:-1][wait > GAPS[series.cadence]], times[1:][wait > GAPS[series.cadence]]
    if not len(early):
        return
    if series.cadence == "hourly":
        missing = int(((late - early) / HOUR).to_numpy().sum()) - len(early)
        words = f"{missing} hours are missing in {len(early)} {'gap' if len(early) == 1 else 'gaps'}"
        yield finding(series.name, "gap", early[0] + HOUR, late[-1] - HOUR, missing, words)
    else:
        words = f"{len(early)} times the next {series.cadence} value is missing"
        yield finding(series.name, "gap", early[0], late[-1], len(early), words)


def out_of_range(series: Series, prices: "pd.Series[float]") -> Iterator[Finding]:
    """Find values outside the plausible range of the catalogue."""
    low, high = series.range
    outside = prices[~prices.between(low, high)]
    if len(outside):
        words = f"{{count}} values lie outside {low:g} to {high:g}, such as {outside.iloc[0]:g}"
        yield finding_at(series.name, "out of range", outside.index, words)


def frozen(name: str, prices: "pd.Series[float]", minimum: int) -> Iterator[Finding]:
    """Find runs of at least `minimum` equal values."""
    run = prices.ne(prices.shift()).cumsum()
    length = run.map(run.value_counts())
    standing = prices[length >= minimum]
    if len(standing):
        words = f"{{count}} values are constant for {minimum} periods or more, first at {standing.iloc[0]:g}"
        yield finding_at(name, "frozen", standing.index, words)


def impossible_bars(asset: Asset, values: Mapping[str, "pd.Series[float]"]) -> Iterator[Finding]:
    """Find bars with high below low, open or close outside them, or negative volume."""
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
        yield finding_at(asset.series("close"), "impossible bar", bars.index[wrong], words)


def disagreement(
    name: str,
    prices: "pd.Series[float]",
    others: "pd.Series[float]",
    source: str,
    tolerance: float = TOLERANCE,
) -> Iterator[Finding]:
    """Find periods in which a second source differs by more than `tolerance`, a fraction of the price."""
    both = pd.DataFrame({"here": prices, "there": others}).dropna()
    apart = (both["there"] / both["here"] - 1).abs()
    far = apart[apart > tolerance]
    if len(far):
        words = (
            f"{source} differs by more than {tolerance:.1%} in {{count}} periods, by {far.max():.1%} at most"
        )
        yield finding_at(name, "disagreement", far.index, words)


def shift(
    name: str, prices: "pd.Series[float]", others: "pd.Series[float]", source: str
) -> Iterator[Finding]:
    """Detect a wrong time zone: hourly returns that match the other source at a lag instead of at zero."""
    lag = shifted_hours(prices, others)
    if lag:
        words = f"its returns match those of {source} {abs(lag)} hours {'late' if lag > 0 else 'early'}"
        note = f"{words}, so its times seem to be {'ahead of' if lag > 0 else 'behind'} UTC"
        yield finding(name, "time zone", prices.index[0], prices.index[-1], len(prices), note)


def shifted_hours(prices: "pd.Series[float]", others: "pd.Series[float]") -> int:
    """Lag in hours at which the returns of `prices` match those of `others`; 0 if none is significant.

    A lag is significant if the correlation exceeds `CORRELATED` and twice the correlation at zero.
    """
    correlations = lag_correlations(prices, others)
    best = max(correlations, key=lambda lag: correlations[lag], default=0)
    significant = correlations.get(best, 0.0) > max(CORRELATED, 2 * correlations.get(0, 0.0))
    return best if significant else 0


def lag_correlations(prices: "pd.Series[float]", others: "pd.Series[float]") -> dict[int, float]:
    """Correlation of hourly returns by lag in hours; lags with fewer than `MIN_RETURNS` common hours are left out."""
    first, second = _hourly_returns(prices), _hourly_returns(others)
    grid = first.index.union(second.index)
    if not len(grid):
        return {}
    hours = pd.date_range(grid[0], grid[-1], freq="h")
    x, y = (returns.reindex(hours).to_numpy(dtype="float64") for returns in (first, second))
    correlations = {lag: _correlation(x, y, lag) for lag in range(-MAX_LAG, MAX_LAG + 1)}
    return {lag: value for lag, value in correlations.items() if not np.isnan(value)}


def _correlation(x: NDArray[np.floating], y: NDArray[np.floating], lag: int) -> float:
    later, earlier = (x[lag:], y[: len(y) - lag]) if lag >= 0 else (x[:lag], y[-lag:])
    both = ~np.isnan(later) & ~np.isnan(earlier)
    if both.sum() < MIN_RETURNS or not later[both].std() or not earlier[both].std():
        return float("nan")
    return float(np.corrcoef(later[both], earlier[both])[0, 1])


def _hourly_returns(prices: "pd.Series[float]") -> "pd.Series[float]":
    """Returns over one hour where the previous hour exists, winsorised against spikes."""
    times = pd.DatetimeIndex(prices.index)
    after_an_hour = (times.to_series().diff() == HOUR).to_numpy()
    returns: pd.Series[float] = (prices / prices.shift() - 1)[after_an_hour]
    return returns.clip(*returns.quantile([0.005, 0.995])) if len(returns) else returns
