"""The live view, polled: nothing where nothing changed, a price where only that did, all of it once an hour.

The entity tag follows from the tables' version tokens, so that an unchanged answer costs no query. What changes by
the hour (`view`) has a token of its own, `mark`; whoever sends it back as `have` is sent the rest only.
"""

import hashlib
import json
from dataclasses import astuple

import numpy as np
import pandas as pd
from flask import Blueprint, Response, request

from ppa.core.errors import BadInput
from ppa.core.no_prediction_reasons import REASONS, REMEDIES
from ppa.core.plain_json import jsonable
from ppa.core.times import HOUR
from ppa.reports.leaderboard import LeaderboardEntry
from ppa.reports.live import ORIGINS_OF, Live, View, load_view, version_token
from ppa.reports.status import RUNS_SINCE
from ppa.repository.models import RegisteredModel
from ppa_web.api.json_response import json_response
from ppa_web.api.request_args import text, whole_number
from ppa_web.context import platform

live = Blueprint("live", __name__, url_prefix="/api/v1")

DIGITS = 4


@live.get("/live")
def get_live() -> Response:
    """What the live page shows; 304 where it is what the entity tag stands for."""
    view = _view()
    bulk, quotes = version_token(platform()), platform().warehouse.version_token("quotes")
    # BigQuery tells late of rows on their way into a table, and a price comes every minute
    have, minute = _digest(astuple(view), bulk), f"{platform().now():%F %R}"
    tag = _digest(have, quotes, minute)
    # what packs answers on the way makes their tags weak
    if request.if_none_match.contains_weak(tag):
        return _tagged(Response(status=304), tag)
    body = {
        "now": platform().now(),
        "asset": view.asset,
        "pair": platform().catalogue.asset(view.asset).pair,
        "unit": "USD",
        "quote": _quote(view.asset),
        "mark": have,
        "view": None if text("have") == have else _content(view, bulk),
    }
    return _tagged(json_response(body), tag)


def _view() -> View:
    asset, made = platform().catalogue.asset(text("asset", "BTC")).id, text("made", "live")
    if made not in ORIGINS_OF:
        raise BadInput(f"made is {made!r}; give one of {', '.join(ORIGINS_OF)}.")
    chosen = tuple(dict.fromkeys(one for one in text("models").split(",") if one))
    return View(asset, whole_number("days", 7, 1, 31), made, text("rank", "lower"), chosen)


def _quote(asset: str) -> object:
    since = platform().now().floor("h") - RUNS_SINCE
    quotes = platform().warehouse.query("quotes", since=since).to_pylist()
    return next((jsonable(quote) for quote in quotes if quote["asset"] == asset), None)


def _content(view: View, bulk: tuple[str, ...]) -> object:
    return platform().cache.get(("live", view), lambda: jsonable(_told(load_view(platform(), view))), bulk)


def _told(found: Live) -> dict[str, object]:
    last = found.closes.index[-1] if len(found.closes) else found.since
    grid = pd.date_range(found.since, last, freq="h")
    return {
        "since": found.since,
        "close": found.closes.reindex(grid),
        "models": [
            _model(model, found.standings[model.model_id]) | {"says": found.says.get(model.model_id)}
            for model in found.models
        ],
        "shown": found.shown,
        "answers": {name: _columns(rows, found.since) for name, rows in found.answers.items()},
        "together": [
            {"label_id": label, **vars(one), "share": one.share, "agree": one.agree}
            for label, one in found.together.items()
        ],
        "reasons": dict(REASONS),
        "remedies": dict(REMEDIES),
    }


def _model(model: RegisteredModel, standing: LeaderboardEntry) -> dict[str, object]:
    columns, row = ("model_id", "label_id", "mode", "lookahead", "threshold"), model.to_row()
    return {name: row[name] for name in columns} | {
        "decision_threshold": model.decision_threshold,
        "verdict": standing.verdict,
        "lift": standing.lift,
        "profit": standing.profit and standing.profit.total,
        **_figures(standing),
    }


def _figures(standing: LeaderboardEntry) -> dict[str, object]:
    found = standing.evaluation
    if found is None:
        return {"n": 0, "effective_n": 0, "accuracy": None}
    return {
        "n": found.n,
        "effective_n": found.effective,
        "accuracy": found.accuracy,
        "accuracy_low": found.interval.low,
        "accuracy_high": found.interval.high,
        "base_rate": found.base_rate,
        "roc_auc": found.roc_auc,
        "brier": found.brier,
    }


def _columns(rows: pd.DataFrame, since: pd.Timestamp) -> dict[str, object]:
    """Answers as columns: `hour` counts from `since`, `origin` is its first letter."""
    hour = (rows["ts"] - since) // HOUR
    return {
        "hour": hour.to_numpy(dtype=np.int64),
        "origin": "".join(origin[0] for origin in rows["origin"]),
        "probability": rows["probability"].round(DIGITS),
        "decision": [None if pd.isna(one) else int(one) for one in rows["decision"]],
        "outcome": rows["outcome"],
        "price": rows["price"].round(DIGITS),
        "target": rows["target_price"].round(DIGITS),
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
