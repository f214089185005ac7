"""Comparison of models of one label, feature importance, and the labels to choose from."""

from collections.abc import Mapping
from typing import Annotated, Any

from flask import Blueprint, Response
from msgspec import Meta

from ppa.core.contracts.common import ModelId
from ppa.core.errors import NotFound, Refused
from ppa.core.evaluation.comparison import ComparedModel, Comparison
from ppa.core.evaluation.profit import Profit
from ppa.core.evaluation.significance import Pair
from ppa.core.labels.sparkline import Sparkline
from ppa.core.metrics import effective_sample_size
from ppa.reports.model_comparison import MAX_MODELS, ModelComparison, compare_models, importance, sparklines
from ppa_web.api.json_response import json_response
from ppa_web.api.labels import label_json
from ppa_web.api.metrics_json import evaluation_json
from ppa_web.api.models import model_row
from ppa_web.context import platform
from ppa_web.openapi.common_arguments import SET_OFF_BY_COMMAS, FeeQuery
from ppa_web.openapi.operation import operation
from ppa_web.responses import performance as shapes
from ppa_web.responses.labels import PicturedLabels

comparison = Blueprint("comparison", __name__, url_prefix="/api/v1")

DIGITS = 6


class ComparisonQuery(FeeQuery, frozen=True, kw_only=True):
    """Models to compare."""

    models: Annotated[
        tuple[ModelId, ...],
        Meta(min_length=1, max_length=MAX_MODELS, description=f"Models of one label, {SET_OFF_BY_COMMAS}"),
    ]


@comparison.get("/comparison")
@operation(shapes.Comparison, problems=(NotFound, Refused))
def get_comparison(query: ComparisonQuery) -> Response:
    """Compare one to six models of one label on their common held-out hours: `?models=a,b&fee=0.002`."""
    report = compare_models(platform(), query.models, query.fee)
    return json_response({"models": _models(report), "left_out": report.left_out, **_common(report)})


@comparison.get("/comparison/labels")
@operation(PicturedLabels)
def get_labels() -> Response:
    """Labels to choose from, each with its range and a sparkline of its price."""
    labels = [
        {**label_json(label), "picture": drawn and _sparkline_json(drawn)}
        for label, drawn in sparklines(platform())
    ]
    return json_response({"labels": labels})


@comparison.get("/models/<model_id>/importance")
@operation(shapes.ImportanceReport, problems=(NotFound, Refused))
def get_importance(model_id: ModelId) -> Response:
    """Permutation importance of a model's features: the drop in ROC AUC, most important first."""
    return json_response(
        {"model_id": model_id, "importance": [one._asdict() for one in importance(platform(), model_id)]}
    )


def _sparkline_json(drawn: Sparkline) -> Mapping[str, object]:
    return {
        "from": drawn.begins,
        "to": drawn.ends,
        "close": [float(f"{close:.4g}") for close in drawn.close],
        "share": drawn.share.round(3),
    }


def _common(report: ModelComparison) -> dict[str, object]:
    """Fields shared by all models: hours, thresholds and pairs."""
    compared, definition = report.comparison, report.models[0].definition
    names = [model.model_id for model in report.models]
    return {
        "hours": {
            "n": len(compared.hours),
            "rises": compared.positives,
            "effective": effective_sample_size(compared.hours, definition.lookahead),
            "from": compared.hours[0],
            "to": compared.hours[-1],
        },
        "lookahead": definition.lookahead,
        "fee": compared.models[0].profit.fee,
        "thresholds": compared.thresholds,
        "months": compared.months,
        "pairs": [
            {
                "a": names[loss.first],
                "b": names[loss.second],
                "log_loss": _pair_json(loss),
                "errors": _pair_json(wrong),
            }
            for loss, wrong in zip(compared.log_loss, compared.error_rate, strict=True)
        ],
    }


def _models(report: ModelComparison) -> list[dict[str, object]]:
    rows = zip(report.models, report.comparison.models, strict=True)
    return [
        {
            **model_row(model),
            "libraries": model.libraries,
            **_measured(one),
            **_sweep_json(report.comparison, place),
        }
        for place, (model, one) in enumerate(rows)
    ]


def _measured(one: ComparedModel) -> dict[str, object]:
    return {
        "metrics": {**evaluation_json(one.evaluation), **_profit_json(one.profit)},
        "roc": _short(one.curves.roc),
        "precision_recall": _short(one.curves.precision_recall),
        "calibration": one.curves.calibration,
        "by_month": one.months,
    }


def _profit_json(profit: Profit) -> Mapping[str, Any]:
    return {"profit": profit.total, "hold": profit.hold_total, "trades": int(profit.returns.size)}


def _sweep_json(compared: Comparison, place: int) -> dict[str, object]:
    """A model's results at each decision threshold: true and false positives, trades and log growth."""
    swept = compared.sweep
    columns = {"tp": swept.tp, "fp": swept.fp, "trades": swept.trades, "growth": swept.growth.round(DIGITS)}
    return {"sweep": {name: rows[place] for name, rows in columns.items()}}


def _pair_json(pair: Pair) -> dict[str, object]:
    return {**pair.difference._asdict(), "p": pair.p}


def _short(points: list[tuple[float, float, float]]) -> list[list[float]]:
    return [[round(value, DIGITS) for value in point] for point in points]
