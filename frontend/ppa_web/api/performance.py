"""How good models have been since they were made: figures, drift, and every single result."""

from collections.abc import Mapping
from dataclasses import asdict

import numpy as np
import pandas as pd
from flask import Blueprint, Response

from ppa.core.errors import BadInput
from ppa.core.evaluation.drift import Drift
from ppa.core.evaluation.profit import FEE, MAX_FEE, Profit
from ppa.core.evaluation.running_accuracy import MAX_POINTS
from ppa.core.metrics import Evaluation
from ppa.core.origins import ORIGINS
from ppa.reports.expected_performance import ExpectedPerformance, expected_performance
from ppa.reports.feature_drift import feature_drift
from ppa.reports.leaderboard import LeaderboardEntry, leaderboard
from ppa.reports.performance import ALL, NOTHING, WINDOWS, Record, evaluated, judge, judged_text, record
from ppa.repository.models import find_model, list_models
from ppa.repository.predictions import origin_counts
from ppa_web.api.json_response import json_response, records, stamps
from ppa_web.api.metrics_json import metrics_json
from ppa_web.api.models import described
from ppa_web.api.request_args import fraction, text, whole_number
from ppa_web.context import platform

performance = Blueprint("performance", __name__, url_prefix="/api/v1")

PAGE = 100
RESULTS = (
    "ts",
    "probability",
    "decision",
    "outcome",
    "right",
    "price",
    "target_price",
    "matures_at",
    "due_at",
    "made_at",
    "novelty",
    "feature_hash",
    "reason",
    "detail",
)


@performance.get("/performance")
def get_standings() -> Response:
    """Every model with its figures in one origin."""
    origin, models = _origin(), list_models(platform())
    found = leaderboard(platform(), models, origin)
    rows = [{**described(model), **_standing(found[model.model_id])} for model in models]
    return json_response({"origin": origin, "models": rows})


@performance.get("/models/<model_id>/performance")
def get_performance(model_id: str) -> Response:
    """The figures of one origin within a window; origins are never mixed."""
    model, origin = find_model(platform(), model_id), _origin()
    made = record(platform(), model, origin)
    measured = judge(made, text("window", ALL), fraction("fee", FEE, MAX_FEE))
    return json_response(
        {
            "model": described(model),
            "model_id": model_id,
            "origin": origin,
            "origins": origin_counts(platform(), model),
            "window": measured.window,
            "windows": [_window(made, window) for window in WINDOWS],
            "counts": measured.counts,
            "in_training": made.in_training,
            "evaluation": measured.evaluation and metrics_json(measured.evaluation.to_dict()),
            "base_rates": measured.base_rates,
            "test": metrics_json(model.metrics),
            "verdict": measured.verdict,
            "expected": _outlook(expected_performance(platform(), made, measured.window)),
            "profit": _profit(measured.profit),
            "curves": measured.curves,
            "results": records(_results(made, measured.window)[:PAGE]),
        }
    )


@performance.get("/models/<model_id>/drift")
def get_drift(model_id: str) -> Response:
    """How far what the model is fed and what it says has moved since its training."""
    model = find_model(platform(), model_id)
    found = feature_drift(platform(), record(platform(), model, _origin()), _window_name())
    units = {feature.name: feature.unit for feature in platform().catalogue.features}
    return json_response(
        {
            "since": found.since,
            "hours": found.hours,
            "features": [
                {"feature": name, "unit": units.get(name, ""), **_drift(drift)}
                for name, drift in found.features.items()
            ],
            "predictions": found.predictions and _drift(found.predictions),
        }
    )


@performance.get("/models/<model_id>/results")
def get_results(model_id: str) -> Response:
    """A page of single results, sorted by one of their columns."""
    rows = _results(record(platform(), find_model(platform(), model_id), _origin()), _window_name())
    by, order = text("sort", "ts"), text("order", "desc")
    if by not in RESULTS or order not in ("asc", "desc"):
        raise BadInput(
            f"sort is {by!r}, order {order!r}; give a column of {', '.join(RESULTS)}, and asc or desc."
        )
    ordered = rows.sort_values(by, ascending=order == "asc", kind="stable", na_position="last")
    offset, maximum = whole_number("offset", 0, 0, 10**8), whole_number("limit", PAGE, 1, 1000)
    return json_response({"total": len(rows), "results": records(ordered.iloc[offset : offset + maximum])})


@performance.get("/models/<model_id>/results.csv")
def get_results_csv(model_id: str) -> Response:
    """All single results as a file, newest first."""
    rows = _results(record(platform(), find_model(platform(), model_id), _origin()), _window_name())
    name = f"{model_id}-{_origin()}-{_window_name()}.csv"
    return Response(
        rows.to_csv(index=False, date_format="%Y-%m-%dT%H:%M:%SZ"),
        mimetype="text/csv",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _results(made: Record, window: str) -> pd.DataFrame:
    """The single results of a window, newest first."""
    rows = made.answers[made.answers["ts"] >= made.since(window)]
    return rows.assign(right=_right(rows))[list(RESULTS)].iloc[::-1]


def _right(rows: pd.DataFrame) -> "pd.Series[bool]":
    """Whether a decision came true; null where nobody knows."""
    right = rows["decision"].astype("boolean") == rows["outcome"].eq(1)
    return right.where(rows["outcome"].notna() & rows["decision"].notna())


def _window(made: Record, window: str) -> dict[str, object]:
    matured = made.matured.within(made.since(window))
    if not len(matured.hours):
        return {"window": window, "verdict": NOTHING, **_few(None)}
    evaluation, rates = evaluated(matured, made.model)
    reverses = rates["last_hour_reverses"]
    return {
        "window": window,
        "verdict": judged_text(evaluation, rates),
        "last_hour_reverses": reverses,
        **_few(evaluation),
    }


def _few(evaluation: Evaluation | None) -> dict[str, object]:
    if evaluation is None:
        return {"n": 0, "effective_n": 0, "accuracy": None}
    names = ("n", "effective_n", "accuracy", "accuracy_low", "accuracy_high", "base_rate", "roc_auc", "brier")
    told = metrics_json(evaluation.to_dict())
    return {name: told[name] for name in names}


def _standing(found: LeaderboardEntry) -> dict[str, object]:
    return {
        "evaluation": found.evaluation and metrics_json(found.evaluation.to_dict()),
        "base_rates": found.base_rates,
        "verdict": found.verdict,
        "profit": found.profit and found.profit.to_dict(),
    }


def _outlook(found: ExpectedPerformance) -> dict[str, object]:
    return {
        "pending": found.pending and found.pending.to_dict(),
        "matured": found.matured and found.matured.to_dict(),
        "calibrated": found.calibrated,
    }


def _profit(found: Profit | None) -> Mapping[str, object] | None:
    """The figures, and a point for about every screen pixel of the two accounts."""
    if found is None or not found.equity.size:
        return None
    picked = np.unique(np.linspace(0, found.equity.size - 1, MAX_POINTS).astype(int))
    columns = (stamps(found.hours[picked]), found.equity[picked].round(6), found.hold[picked].round(6))
    return {**found.to_dict(), "curve": [list(point) for point in zip(*columns, strict=True)]}


def _drift(drift: Drift) -> dict[str, object]:
    return {**asdict(drift), "level": drift.level}


def _origin() -> str:
    origin = text("origin", ORIGINS[0])
    if origin not in ORIGINS:
        raise BadInput(f"origin is {origin!r}; give one of {', '.join(ORIGINS)}.")
    return origin


def _window_name() -> str:
    window = text("window", ALL)
    if window not in WINDOWS:
        raise BadInput(f"window is {window!r}; give one of {', '.join(WINDOWS)}.")
    return window
