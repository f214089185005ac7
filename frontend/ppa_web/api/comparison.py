"""Models of one label side by side, what each relies on, and the labels to choose from."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response

from ppa.core.evaluation.comparison import ComparedModel, Comparison
from ppa.core.evaluation.profit import FEE, MAX_FEE, Profit
from ppa.core.evaluation.significance import Pair
from ppa.core.labels.sparkline import Sparkline
from ppa.core.metrics import effective_sample_size
from ppa.reports.model_comparison import ModelComparison, compare_models, importance, sparklines
from ppa_web.api.json_response import json_response
from ppa_web.api.labels import described as described_label
from ppa_web.api.metrics_json import metrics_json
from ppa_web.api.models import described
from ppa_web.api.request_args import fraction, text
from ppa_web.context import platform

comparison = Blueprint("comparison", __name__, url_prefix="/api/v1")

DIGITS = 6


@comparison.get("/comparison")
def get_comparison() -> Response:
    """One to six models of one label on the hours that all were held out from: `?models=a,b&fee=0.002`."""
    names = [name for name in text("models").split(",") if name]
    found = compare_models(platform(), names, fraction("fee", FEE, MAX_FEE))
    return json_response({"models": _models(found), "left_out": found.left_out, **_common(found)})


@comparison.get("/comparison/labels")
def get_labels() -> Response:
    """The labels to choose from, each with its range and what it marks on the price."""
    found = [
        {**described_label(label), "picture": drawn and _drawn(drawn)}
        for label, drawn in sparklines(platform())
    ]
    return json_response({"labels": found})


@comparison.get("/models/<model_id>/importance")
def get_importance(model_id: str) -> Response:
    """How far a model's ROC AUC falls where one feature is shuffled among the hours, the most important first."""
    return json_response(
        {"model_id": model_id, "importance": [one._asdict() for one in importance(platform(), model_id)]}
    )


def _drawn(drawn: Sparkline) -> Mapping[str, object]:
    return {
        "from": drawn.begins,
        "to": drawn.ends,
        "close": [float(f"{close:.4g}") for close in drawn.close],
        "share": drawn.share.round(3),
    }


def _common(found: ModelComparison) -> dict[str, object]:
    """What all models share: hours, thresholds, pairs."""
    compared, definition = found.comparison, found.models[0].definition
    names = [model.model_id for model in found.models]
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
            {"a": names[loss.first], "b": names[loss.second], "log_loss": _told(loss), "errors": _told(wrong)}
            for loss, wrong in zip(compared.log_loss, compared.error_rate, strict=True)
        ],
    }


def _models(found: ModelComparison) -> list[dict[str, object]]:
    rows = zip(found.models, found.comparison.models, strict=True)
    return [
        {
            **described(model),
            "libraries": model.libraries,
            **_measured(one),
            **_swept(found.comparison, place),
        }
        for place, (model, one) in enumerate(rows)
    ]


def _measured(one: ComparedModel) -> dict[str, object]:
    return {
        "metrics": {**metrics_json(one.evaluation.to_dict()), **_earned(one.profit)},
        "roc": _short(one.curves.roc),
        "precision_recall": _short(one.curves.precision_recall),
        "calibration": one.curves.calibration,
        "by_month": one.months,
    }


def _earned(profit: Profit) -> Mapping[str, Any]:
    return {"profit": profit.total, "hold": profit.hold_total, "trades": int(profit.returns.size)}


def _swept(compared: Comparison, place: int) -> dict[str, object]:
    """A model's row of the sweep: at each threshold, signals that came true and not, trades, log growth."""
    swept = compared.sweep
    columns = {"tp": swept.tp, "fp": swept.fp, "trades": swept.trades, "growth": swept.growth.round(DIGITS)}
    return {"sweep": {name: rows[place] for name, rows in columns.items()}}


def _told(pair: Pair) -> dict[str, object]:
    return {**pair.difference._asdict(), "p": pair.p}


def _short(points: list[tuple[float, float, float]]) -> list[list[float]]:
    return [[round(value, DIGITS) for value in point] for point in points]
