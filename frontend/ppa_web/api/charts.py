"""Prices and features over time, downsampled for display."""

from collections.abc import Mapping, Sequence
from typing import Annotated

import numpy as np
import pandas as pd
from flask import Blueprint, Response
from msgspec import Meta

from ppa.core.catalogue import Asset, Feature
from ppa.core.contracts.common import HourRange
from ppa.core.contracts.problem import check
from ppa.core.contracts.record import Arguments
from ppa.core.downsampling import Floats, downsample
from ppa.core.errors import NotFound
from ppa.core.times import HOUR
from ppa.reports.observation_ages import age_hours
from ppa.repository.prices import latest_closes
from ppa.repository.rows import held_rows
from ppa_web.api.json_response import json_response, stamps
from ppa_web.context import platform
from ppa_web.openapi.common_arguments import SET_OFF_BY_COMMAS, AssetName, FirstHour, HourAfter
from ppa_web.openapi.operation import operation
from ppa_web.responses.data import Chart
from ppa_web.responses.shape import FeatureName

charts = Blueprint("charts", __name__, url_prefix="/api/v1")

MAX_FEATURES = 8
MAX_CANDLES = 24 * 15
CANDLE = ("open", "high", "low")


class ChartQuery(Arguments, frozen=True, kw_only=True, rename={"since": "from", "until": "to"}):
    """An asset, a range and features."""

    asset: AssetName = "BTC"
    features: Annotated[
        tuple[FeatureName, ...],
        Meta(max_length=MAX_FEATURES, description=f"Features, {SET_OFF_BY_COMMAS}"),
    ] = ()
    since: FirstHour = None
    until: HourAfter = None
    points: Annotated[int, Meta(ge=10, le=20_000, description="Hours to return, about", examples=[2000])] = (
        2000
    )


@charts.get("/chart")
@operation(Chart, problems=(NotFound,))
def chart(query: ChartQuery) -> Response:
    """Close and selected features of an asset over a range, downsampled to about `points` hours.

    Each feature comes with the age of its values; short ranges include open, high and low.
    """
    asset = platform().catalogue.asset(query.asset)
    chosen = [platform().catalogue.feature(name) for name in query.features]
    closes = latest_closes(platform(), asset.id)
    if closes.empty:
        return json_response(
            {"asset": asset.id, "pair": asset.pair, "unit": "USD", "ts": [], "close": [], "features": {}}
        )
    available = closes.index[0], closes.index[-1]
    since, until = _span(query, *available)
    shown = closes.iloc[slice(*closes.index.searchsorted([since, until]))]
    values = _values(chosen, pd.DatetimeIndex(shown.index), since, until)
    picked = downsample(shown.to_numpy(np.float64), list(values.values()), query.points)
    hours = pd.DatetimeIndex(shown.index[picked])
    return json_response(
        {
            "asset": asset.id,
            "pair": asset.pair,
            "unit": "USD",
            "from": since,
            "to": until,
            "available": {"from": available[0], "to": available[1]},
            "ts": stamps(hours),
            "close": shown.iloc[picked],
            "features": {f.name: _feature(f, values[f.name][picked], hours) for f in chosen},
            "candles": _candles(asset, hours, shown) if len(shown) <= MAX_CANDLES else None,
        }
    )


def _span(query: ChartQuery, first: pd.Timestamp, last: pd.Timestamp) -> tuple[pd.Timestamp, pd.Timestamp]:
    """Return the range asked for, which reaches over all bars by default."""
    hours = HourRange(
        since=first if query.since is None else query.since,
        until=last + HOUR if query.until is None else query.until,
    )
    check(hours.conflicts())
    return hours.since, hours.until


def _values(
    chosen: Sequence[Feature], hours: pd.DatetimeIndex, since: pd.Timestamp, until: pd.Timestamp
) -> dict[str, Floats]:
    """Feature values in the given hours; NaN if an hour has no row."""
    if not chosen:
        return {}
    rows = held_rows(platform(), since, until)
    place = rows.index.get_indexer(hours)
    return {f.name: np.where(place < 0, np.nan, rows[f.name].to_numpy()[place]) for f in chosen}


def _feature(feature: Feature, values: Floats, hours: pd.DatetimeIndex) -> Mapping[str, object]:
    return {"unit": feature.unit, "values": values, "age_hours": _ages(feature, hours)}


def _ages(feature: Feature, hours: pd.DatetimeIndex) -> object:
    """Age in hours of a feature's oldest input in each row; None for a feature without inputs."""
    ages = [age_hours(platform(), platform().catalogue.series[name], hours) for name in feature.inputs]
    return np.round(np.maximum.reduce(ages), 1) if ages else None


def _candles(asset: Asset, hours: pd.DatetimeIndex, close: "pd.Series[float]") -> Mapping[str, object]:
    """Open, high, low and close of each bar, as known now."""
    opened = platform()
    held, warehouse = opened.series_cache, opened.warehouse
    series = {name: held.vintages(warehouse, asset.series(name)).newest for name in CANDLE}
    bars = {name: values.reindex(hours) for name, values in series.items()}
    return {"ts": stamps(hours), **bars, "close": close}
