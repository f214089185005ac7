"""Predictions with their outcomes."""

import io

import pandas as pd
import pyarrow.parquet as pq
from flask import Blueprint, Response

from ppa.core.contracts.prediction import PredictionsQuery, PredictionsRange
from ppa.core.errors import NotFound
from ppa.reports.performance import with_outcomes
from ppa.repository.models import find_model, list_models
from ppa.repository.predictions import predictions as stored
from ppa.repository.prices import latest_closes
from ppa.repository.withdrawn_data import made_on_withdrawn
from ppa.storage.arrow import to_table
from ppa_web.api.downloads import attachment
from ppa_web.api.json_response import json_response, records
from ppa_web.context import platform
from ppa_web.openapi.contents import File
from ppa_web.openapi.operation import operation
from ppa_web.responses.predictions import Predictions

MAX_ROWS = 10_000_000

predictions = Blueprint("predictions", __name__, url_prefix="/api/v1")


@predictions.get("/predictions")
@operation(Predictions, problems=(NotFound,))
def get_predictions(query: PredictionsQuery) -> Response:
    """Predictions of one or all models, newest first; `origin` accepts several values, separated by commas."""
    return json_response({"predictions": records(_with_outcomes(query, query.limit))})


@predictions.get("/predictions.parquet")
@operation(
    File("application/vnd.apache.parquet", "Predictions with their outcomes, newest first."),
    problems=(NotFound,),
)
def get_predictions_parquet(query: PredictionsRange) -> Response:
    """All predictions of one or all models as Parquet, with the columns of the JSON list."""
    content = io.BytesIO()
    pq.write_table(to_table(_with_outcomes(query, MAX_ROWS)), content, compression="zstd")
    return attachment(content.getvalue(), "predictions.parquet", "application/vnd.apache.parquet")


def _with_outcomes(query: PredictionsRange, maximum: int) -> pd.DataFrame:
    chosen = [find_model(platform(), query.model_id)] if query.model_id else list_models(platform())
    rows = stored(platform(), chosen, query.origin, since=query.since, until=query.until, maximum=maximum)
    closes = {asset: latest_closes(platform(), asset) for asset in {m.definition.asset for m in chosen}}
    parts = list[pd.DataFrame]()
    for model in chosen:
        own = rows[rows["model_id"] == model.model_id]
        judged = with_outcomes(own, closes[model.definition.asset], model.definition)
        parts.append(judged.assign(withdrawn=made_on_withdrawn(platform(), model, own)))
    empty = rows.assign(outcome=None, withdrawn=False)
    combined = pd.concat([part for part in parts if len(part)] or [empty])
    return combined.sort_values(["ts", "model_id"], ascending=[False, True])
