"""Prices and features over time, thinned out to what a screen can show."""

import itertools

import numpy as np
import pandas as pd
from flask import Blueprint, Response, request

from frontend.api.arguments import span, text, whole_number
from frontend.api.encoding import answer, plain, stamps
from frontend.context import platform
from shared.catalogue import Feature
from shared.frames import HOUR
from shared.jobs.build import stored_rows
from shared.labels import closes

charts = Blueprint("charts", __name__, url_prefix="/api/v1")

MOST_FEATURES = 8


@charts.get("/chart")
def chart() -> Response:
    """Close and chosen features of an asset over a range, at most `points` hours."""
    asset = platform().catalogue.asset(text("asset", "BTC"))
    known = closes(platform(), asset.id)
    if known.empty:
        return answer(
            {"asset": asset.id, "pair": asset.pair, "unit": "USD", "ts": [], "close": [], "features": {}}
        )
    available = known.index[0], known.index[-1]
    since, until = span(request.args, available[0], available[1] + HOUR)
    shown = known[(known.index >= since) & (known.index < until)]
    picked = representative(shown, whole_number("points", 2000, 10, 20_000))
    thinned = shown.iloc[picked]
    return answer(
        {
            "asset": asset.id,
            "pair": asset.pair,
            "unit": "USD",
            "from": since,
            "to": until,
            "available": {"from": available[0], "to": available[1]},
            "ts": stamps(pd.DatetimeIndex(thinned.index)),
            "close": thinned,
            "features": _features(since, until, pd.DatetimeIndex(thinned.index)),
        }
    )


def representative(values: "pd.Series[float]", points: int) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    """Positions of at most about `points` values that keep every stretch's least and greatest."""
    if len(values) <= points:
        return np.arange(len(values))
    edges = np.linspace(0, len(values), points // 2 + 1).astype(int)
    numbers = values.to_numpy()
    extremes = [
        at
        for a, b in itertools.pairwise(edges)
        for at in (a + numbers[a:b].argmin(), a + numbers[a:b].argmax())
    ]
    return np.unique([0, *extremes, len(values) - 1])


def _features(since: pd.Timestamp, until: pd.Timestamp, hours: pd.DatetimeIndex) -> dict[str, object]:
    names = [name for name in text("features").split(",") if name][:MOST_FEATURES]
    chosen: list[Feature] = [platform().catalogue.feature(name) for name in names]
    if not chosen:
        return {}
    rows = stored_rows(platform(), since, until).reindex(hours)
    return {f.name: {"unit": f.unit, "values": plain(rows[f.name])} for f in chosen}
