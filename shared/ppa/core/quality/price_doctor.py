"""Price doctor: bars whose prices or volumes cannot be right, judged at the bars' own scale.

All functions take arrays of bars in order of time and return masks or runs of positions. A scale is a moving median, so
that a quiet year is judged as strictly as a wild one.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from ppa.core.quality.findings import Finding, finding_at

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

# no market of an asset with hourly bars has moved by this factor from one bar to the next and stayed there
FACTOR = 3.0
# a unit is a power of ten, within the move of the price at the edge
_UNIT_TOLERANCE = np.log(1.3)
# bars of a block, whose median is the scale of its bars with that of the blocks beside it
_BLOCK = 100
# times the scale, or the range of the bars beside it, beyond which a close that reverts is a spike
_SPIKE, _BESIDE = 10.0, 1.5
# times the scale beyond which a wick is far outside its body; real ones reach 13
_WICK = 16.0
# smallest move that counts, as a logarithm, and fewest bars to judge by
_MIN, _MIN_BARS = 0.02, 5
# part of the usual number of minutes with a bar under which an hour is thin
_THIN = 0.1


@dataclass(frozen=True)
class Block:
    """Bars [start, stop) whose prices are `factor` times those around them; `unit` if that is a power of ten."""

    start: int
    stop: int
    factor: float
    unit: bool


def blocks(closes: Floats) -> list[Block]:
    """Runs of bars at another level: a jump by more than `FACTOR` leads to it, and a reverse jump back or the end.

    The level of most bars is the right one. A bar of its own is a run of one.
    """
    levels, factor = _levels(closes)
    edges = np.flatnonzero(np.diff(levels)) + 1
    starts, stops = np.append(0, edges), np.append(edges, len(levels))
    bars = np.zeros(len(factor), dtype=np.int64)
    np.add.at(bars, levels[starts], stops - starts)
    base = int(np.argmax(bars))
    return [
        _block(int(start), int(stop), factor[levels[start]] - factor[base])
        for start, stop in zip(starts, stops, strict=True)
        if levels[start] != base
    ]


def spikes(bars: Mapping[str, Floats]) -> Mask:
    """Mask of closes that jump away from both neighbours and revert.

    The jump is beyond the usual steps around it, and beyond the moves within the bars before and after it.
    """
    mask: Mask = np.zeros(len(bars["close"]), np.bool_)
    if len(mask) < _MIN_BARS:
        return mask
    with np.errstate(all="ignore"):
        logs, ranges = np.log(bars["close"]), np.log(bars["high"] / bars["low"])
    away = np.abs(logs[1:-1] - (logs[:-2] + logs[2:]) / 2)
    # neighbours that differ as well are a move of the price
    apart = np.abs(logs[2:] - logs[:-2])
    usual = _SPIKE * _scale(np.abs(np.diff(logs, prepend=logs[0])))[1:-1]
    beside = _BESIDE * np.maximum(ranges[:-2], ranges[2:])
    mask[1:-1] = (away > np.maximum(np.maximum(usual, beside), _MIN)) & (apart < away / 4)
    return mask


def wicks(bars: Mapping[str, Floats]) -> Mask:
    """Mask of bars whose high or low is far outside their body, against the moves of the bars around them."""
    top, bottom = np.maximum(bars["open"], bars["close"]), np.minimum(bars["open"], bars["close"])
    with np.errstate(all="ignore"):
        up, down = np.log(bars["high"] / top), np.log(bottom / bars["low"])
        ranges = np.log(bars["high"] / bars["low"])
    longest = np.maximum(up, down)
    return longest > np.maximum(_MIN, _WICK * _scale(ranges))


def far_wicks(bars: Mapping[str, Floats]) -> Mask:
    """Mask of bars whose high or low is more than `FACTOR` times off their body, which no market is."""
    top, bottom = np.maximum(bars["open"], bars["close"]), np.minimum(bars["open"], bars["close"])
    return (bars["high"] > top * FACTOR) | (bars["low"] * FACTOR < bottom)


def silent(volume: Floats, moved: Mask) -> Mask:
    """Mask of bars whose price moved without any volume."""
    mask: Mask = (volume == 0) & moved
    return mask


def thin(counts: npt.NDArray[np.int64]) -> Mask:
    """Mask of hours that are made of a handful of the bars that the hours around them have."""
    if len(counts) < 3:
        return np.zeros(len(counts), np.bool_)
    usual = pd.Series(counts).rolling(_BLOCK + 1, center=True, min_periods=1).median().to_numpy()
    mask: Mask = (counts < _THIN * usual) & (usual >= 10)
    return mask


def examine(name: str, bars: pd.DataFrame) -> list[Finding]:
    """Findings in hourly bars: a frame indexed by `ts` with open, high, low, close and, where finite, volume.

    `name` is the series that the findings are about.
    """
    complete = bars.dropna(subset=["open", "high", "low", "close"])
    complete = complete[(complete[["open", "high", "low", "close"]] > 0).all(axis=1)]
    values = {field: complete[field].to_numpy(dtype=np.float64) for field in complete.columns}
    times = pd.DatetimeIndex(complete.index)
    if len(times) < 3:
        return []
    match = [_block_finding(name, times, block) for block in blocks(values["close"])]
    wrong = np.zeros(len(times), np.bool_)
    for block in blocks(values["close"]):
        wrong[max(block.start - 1, 0) : block.stop + 1] = True
    reverting, wick = spikes(values) & ~wrong, wicks(values) & ~wrong
    if reverting.any():
        words = (
            "{count} closes jump away and back at once, first to "
            + f"{values['close'][np.argmax(reverting)]:g}"
        )
        match.append(finding_at(name, "spike", times[reverting], words, remedy=_COMPARE))
    if wick.any():
        words = "{count} bars have a high or low far outside their body"
        serious = bool(far_wicks(values)[wick].any())
        match.append(finding_at(name, "wick", times[wick], words, serious=serious, remedy=_COMPARE))
    if "volume" in values:
        match += _silent_finding(name, times, values)
    return match


_COMPARE = "Compare these hours with another source, and import the correct bars with --replace."


def _block_finding(name: str, times: pd.DatetimeIndex, block: Block) -> Finding:
    unit = "another unit" if block.unit else "another level"
    words = "{count} " + f"bars are in {unit}: prices are {describe_factor(block.factor)} those around them"
    remedy = "Withdraw the import of these hours, correct the unit, and import the file again."
    return finding_at(name, "unit", times[block.start : block.stop], words, serious=True, remedy=remedy)


def describe_factor(factor: float) -> str:
    """Factor in words, such as `100 times` or `1/100 of`."""
    return f"{factor:,.3g} times" if factor >= 1 else f"1/{1 / factor:,.3g} of"


def _silent_finding(name: str, times: pd.DatetimeIndex, values: Mapping[str, Floats]) -> list[Finding]:
    still = silent(values["volume"], values["high"] > values["low"])
    # single hours without trades are quoted on by some sources
    if still.sum() < max(3, 0.001 * len(still)):
        return []
    words = "{count} bars have no volume though their price moved"
    return [finding_at(name.removesuffix("_close") + "_volume", "no volume", times[still], words)]


def _levels(closes: Floats) -> tuple[npt.NDArray[np.int64], Floats]:
    """Level of each bar, as a number, and the logarithm of each level's factor. A long-lasting jump is no level."""
    at = np.flatnonzero((closes[1:] > closes[:-1] * FACTOR) | (closes[1:] * FACTOR < closes[:-1])) + 1
    levels, factors, current = np.zeros(len(closes), dtype=np.int64), [0.0], 0
    for i, position in enumerate(at):
        end = at[i + 1] if i + 1 < len(at) else len(closes)
        reached = factors[current] + np.log(closes[position] / closes[position - 1])
        near = [n for n, factor in enumerate(factors) if abs(factor - reached) < np.log(FACTOR) / 2]
        if not near:
            factors.append(float(reached))
        current = near[0] if near else len(factors) - 1
        levels[position:end] = current
    return levels, np.array(factors)


def _block(start: int, stop: int, log_factor: float) -> Block:
    power = round(log_factor / np.log(10))
    unit = power != 0 and abs(log_factor - power * np.log(10)) < _UNIT_TOLERANCE
    return Block(start, stop, float(10.0**power) if unit else float(np.exp(log_factor)), unit)


def _scale(values: Floats) -> Floats:
    """Median of the values around each, by blocks of bars, at least half of that of all."""
    finite = np.where(np.isfinite(values), values, 0.0)
    whole = len(finite) // _BLOCK * _BLOCK
    if not whole:
        return np.full(len(finite), np.median(finite))
    medians = np.median(finite[:whole].reshape(-1, _BLOCK), axis=1)
    padded = np.concatenate([medians[:1], medians, medians[-1:]])
    around = np.median([padded[:-2], padded[1:-1], padded[2:]], axis=0)
    scale = np.repeat(np.maximum(around, np.median(medians) / 2), _BLOCK)
    return np.append(scale, np.full(len(finite) - whole, scale[-1]))
