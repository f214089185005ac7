"""Predictions with their outcomes."""

import pandas as pd
from flask import Blueprint, Response, request

from ppa.core.errors import BadInput
from ppa.core.origins import ORIGINS
from ppa.core.times import BEGINNING, END
from ppa.reports.performance import with_outcomes
from ppa.repository.models import find_model, list_models
from ppa.repository.predictions import predictions as stored
from ppa.repository.prices import latest_closes
from ppa_web.api.json_response import json_response, records
from ppa_web.api.request_args import span, text, whole_number
from ppa_web.context import platform

predictions = Blueprint("predictions", __name__, url_prefix="/api/v1")


@predictions.get("/predictions")
def get_predictions() -> Response:
    """Predictions of one or all models, newest first; `origin` accepts several values, separated by commas."""
    chosen = [find_model(platform(), text("model_id"))] if text("model_id") else list_models(platform())
    since, until = span(request.args, BEGINNING, END)
    rows = stored(
        platform(),
        chosen,
        _origins(),
        since=since,
        until=until,
        maximum=whole_number("limit", 500, 1, 20_000),
    )
    closes = {asset: latest_closes(platform(), asset) for asset in {m.definition.asset for m in chosen}}
    parts = [
        with_outcomes(rows[rows["model_id"] == m.model_id], closes[m.definition.asset], m.definition)
        for m in chosen
    ]
    combined = pd.concat([part for part in parts if len(part)] or [rows.assign(outcome=None)])
    return json_response(
        {"predictions": records(combined.sort_values(["ts", "model_id"], ascending=[False, True]))}
    )


def _origins() -> list[str]:
    given = [origin for origin in text("origin").split(",") if origin]
    if not set(given) <= set(ORIGINS):
        raise BadInput(f"origin is {text('origin')!r}; give some of {', '.join(ORIGINS)}.")
    return given or list(ORIGINS)
