"""Predictions, with what happened."""

import pandas as pd
from flask import Blueprint, Response, request

from frontend.api.arguments import span, text, whole_number
from frontend.api.encoding import answer, records
from frontend.context import platform
from shared.errors import BadInput
from shared.evaluation.performance import predictions as stored
from shared.evaluation.performance import with_outcomes
from shared.frames import BEGINNING, END
from shared.jobs.predict import ORIGINS
from shared.labels.saved import closes
from shared.models.models import find_model, list_models

predictions = Blueprint("predictions", __name__, url_prefix="/api/v1")


@predictions.get("/predictions")
def get_predictions() -> Response:
    """Answers of one or all models, newest first; `origin` may name several, separated by commas."""
    chosen = [find_model(platform(), text("model_id"))] if text("model_id") else list_models(platform())
    since, until = span(request.args, BEGINNING, END)
    answers = stored(
        platform(),
        chosen,
        _origins(),
        since=since,
        until=until,
        most=whole_number("limit", 500, 1, 20_000),
    )
    known = {asset: closes(platform(), asset) for asset in {m.spec.asset for m in chosen}}
    parts = [
        with_outcomes(answers[answers["model_id"] == m.model_id], known[m.spec.asset], m.spec) for m in chosen
    ]
    found = pd.concat([part for part in parts if len(part)] or [answers.assign(outcome=None)])
    return answer({"predictions": records(found.sort_values(["ts", "model_id"], ascending=[False, True]))})


def _origins() -> list[str]:
    given = [origin for origin in text("origin").split(",") if origin]
    if not set(given) <= set(ORIGINS):
        raise BadInput(f"origin is {text('origin')!r}; give some of {', '.join(ORIGINS)}.")
    return given or list(ORIGINS)
