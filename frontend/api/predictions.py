"""Predictions, with what happened."""

import pandas as pd
from flask import Blueprint, Response

from frontend.api.arguments import text, time_argument, whole_number
from frontend.api.encoding import answer, records
from frontend.context import platform
from shared.frames import BEGINNING, END
from shared.jobs.predict import ORIGINS
from shared.labels import closes
from shared.models.models import find_model, list_models
from shared.performance import predictions as stored
from shared.performance import with_outcomes

predictions = Blueprint("predictions", __name__, url_prefix="/api/v1")


@predictions.get("/predictions")
def get_predictions() -> Response:
    """Answers of one or all models, newest first; `origin` may name several, separated by commas."""
    chosen = [find_model(platform(), text("model_id"))] if text("model_id") else list_models(platform())
    origins = [origin for origin in text("origin").split(",") if origin] or list(ORIGINS)
    answers = stored(
        platform(),
        chosen,
        origins,
        since=time_argument("from", BEGINNING),
        until=time_argument("to", END),
        most=whole_number("limit", 500, 1, 20_000),
    )
    known = {asset: closes(platform(), asset) for asset in {m.spec.asset for m in chosen}}
    parts = [
        with_outcomes(answers[answers["model_id"] == m.model_id], known[m.spec.asset], m.spec) for m in chosen
    ]
    found = pd.concat([part for part in parts if len(part)] or [answers.assign(outcome=None)])
    return answer({"predictions": records(found.sort_values(["ts", "model_id"], ascending=[False, True]))})
