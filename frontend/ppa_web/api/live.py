"""Polled live view: only the parts that have changed are sent.

The entity tag is computed from the version tokens of the tables, so that an unchanged response costs no query. The
part that changes hourly (`view`) has its own token, `mark`; a client that sends it back as `have` receives the other
parts only.
"""

import hashlib
import json
from dataclasses import astuple
from typing import Annotated, Literal

import numpy as np
import pandas as pd
from flask import Blueprint, Response, request
from msgspec import Meta

from ppa.core.contracts.common import ModelId
from ppa.core.contracts.record import Arguments
from ppa.core.errors import NotFound
from ppa.core.no_prediction_reasons import REASONS, REMEDIES
from ppa.core.plain_json import jsonable
from ppa.core.times import HOUR
from ppa.reports.leaderboard import LeaderboardEntry
from ppa.reports.live import MAX_MODELS, LiveView, ViewQuery, load_view, version_token
from ppa.reports.status import RUNS_SINCE
from ppa.repository.models import RegisteredModel
from ppa_web.api.json_response import json_response
from ppa_web.api.metrics_json import key_figures
from ppa_web.context import platform
from ppa_web.openapi.common_arguments import SET_OFF_BY_COMMAS, AssetName
from ppa_web.openapi.contents import Empty, Header, Json
from ppa_web.openapi.operation import operation
from ppa_web.responses.predictions import Live

live = Blueprint("live", __name__, url_prefix="/api/v1")

DIGITS = 4


class LiveQuery(Arguments, frozen=True, kw_only=True, rename={"origin": "made"}):
    """Content of the live view."""

    asset: AssetName = "BTC"
    days: Annotated[int, Meta(ge=1, le=31, description="Days to show", examples=[7])] = 7
    origin: Annotated[
        Literal["live", "replay"], Meta(description="Live and backfilled predictions, or replayed ones")
    ] = "live"
    rank: Annotated[
        Literal["lower", "accuracy", "lift", "auc", "brier", "profit"],
        Meta(description="Measure to rank models by"),
    ] = "lower"
    models: Annotated[
        tuple[ModelId, ...],
        Meta(max_length=MAX_MODELS, description=f"Models, {SET_OFF_BY_COMMAS}; the best ones by default"),
    ] = ()
    have: Annotated[
        str,
        Meta(
            description="`mark` of an earlier response, to leave out its `view`",
            examples=["06f724cfa3b3746a"],
        ),
    ] = ""


@live.get("/live")
@operation(
    {
        200: Json(Live, {"ETag": Header("Entity tag", '"9bf5816d3603dc09"')}),
        304: Empty("Nothing has changed."),
    },
    problems=(NotFound,),
    headers={"If-None-Match": Header("Entity tag of an earlier response", '"9bf5816d3603dc09"')},
)
def get_live(query: LiveQuery) -> Response:
    """Content of the live page; 304 if the entity tag still matches."""
    view = _view_query(query)
    bulk, quotes = version_token(platform()), platform().warehouse.version_token("quotes")
    # BigQuery reports streamed rows late, and prices arrive every minute
    have, minute = _digest(astuple(view), bulk), f"{platform().now():%F %R}"
    tag = _digest(have, quotes, minute)
    # proxies that compress responses make their tags weak
    if request.if_none_match.contains_weak(tag):
        return _tagged(Response(status=304), tag)
    body = {
        "now": platform().now(),
        "asset": view.asset,
        "pair": platform().catalogue.asset(view.asset).pair,
        "unit": "USD",
        "quote": _quote(view.asset),
        "mark": have,
        "view": None if query.have == have else _content(view, bulk),
    }
    return _tagged(json_response(body), tag)


def _view_query(query: LiveQuery) -> ViewQuery:
    asset, chosen = platform().catalogue.asset(query.asset).id, tuple(dict.fromkeys(query.models))
    return ViewQuery(asset, query.days, query.origin, query.rank, chosen)


def _quote(asset: str) -> object:
    since = platform().now().floor("h") - RUNS_SINCE
    quotes = platform().warehouse.query("quotes", since=since).to_pylist()
    return next((jsonable(quote) for quote in quotes if quote["asset"] == asset), None)


def _content(view: ViewQuery, bulk: tuple[str, ...]) -> object:
    return platform().cache.get(
        ("live", view), lambda: jsonable(_view_json(load_view(platform(), view))), bulk
    )


def _view_json(view: LiveView) -> dict[str, object]:
    last = view.closes.index[-1] if len(view.closes) else view.since
    grid = pd.date_range(view.since, last, freq="h")
    return {
        "since": view.since,
        "close": view.closes.reindex(grid),
        "models": [
            _model(model, view.ranking.standings[model.model_id])
            | {"says": view.newest_probabilities.get(model.model_id)}
            for model in view.ranking.models
        ],
        "shown": view.ranking.shown,
        "answers": {name: _columns(rows, view.since) for name, rows in view.predictions.items()},
        "together": [
            {"label_id": label, **vars(one), "share": one.share, "agree": one.agree}
            for label, one in view.consensuses.items()
        ],
        "reasons": dict(REASONS),
        "remedies": dict(REMEDIES),
    }


def _model(model: RegisteredModel, entry: LeaderboardEntry) -> dict[str, object]:
    return {
        "model_id": model.model_id,
        "label_id": model.label_id,
        "mode": model.mode,
        "lookahead": model.lookahead,
        "threshold": model.threshold,
        "stop_loss": model.stop_loss,
        "volatility_window": model.volatility_window,
        "decision_threshold": model.decision_threshold,
        "verdict": entry.verdict,
        "lift": entry.lift,
        "profit": entry.profit and entry.profit.total,
        **key_figures(entry.evaluation),
    }


def _columns(rows: pd.DataFrame, since: pd.Timestamp) -> dict[str, object]:
    """Predictions as columns; `hour` counts from `since`, `origin` has one letter per row."""
    hour = (rows["ts"] - since) // HOUR
    return {
        "hour": hour.to_numpy(dtype=np.int64),
        "origin": "".join(origin[0] for origin in rows["origin"]),
        "probability": rows["probability"].round(DIGITS),
        "decision": [None if pd.isna(one) else int(one) for one in rows["decision"]],
        "outcome": rows["outcome"],
        "price": rows["price"].round(DIGITS),
        "target": rows["target_price"].round(DIGITS),
        "withdrawn": hour[rows["withdrawn"]].to_numpy(dtype=np.int64),
        "gaps": {
            str(at): [reason, detail]
            for at, reason, detail in zip(hour, rows["reason"], rows["detail"], strict=True)
            if not pd.isna(reason)
        },
    }


def _tagged(response: Response, tag: str) -> Response:
    response.set_etag(tag)
    response.headers["Cache-Control"] = "no-cache"
    return response


def _digest(*tokens: object) -> str:
    return hashlib.sha256(json.dumps(tokens).encode()).hexdigest()[:16]
