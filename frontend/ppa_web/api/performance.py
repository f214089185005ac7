"""Performance of models since activation: metrics, drift and single results."""

from collections.abc import Mapping
from dataclasses import asdict

import numpy as np
import pandas as pd
from flask import Blueprint, Response

from ppa.core.errors import BadInput
from ppa.core.evaluation.drift import Drift
from ppa.core.evaluation.profit import FEE, MAX_FEE, Profit
from ppa.core.evaluation.running_accuracy import MAX_POINTS
from ppa.core.origins import ORIGINS
from ppa.reports.csv_text import TIMES
from ppa.reports.expected_performance import ExpectedPerformance, expected_performance
from ppa.reports.feature_drift import feature_drift
from ppa.reports.leaderboard import LeaderboardEntry, leaderboard
from ppa.reports.performance import (
    ALL,
    NOTHING_RESOLVED,
    WINDOWS,
    Record,
    evaluate_resolved,
    load_record,
    performance_in_window,
    verdict_against_baselines,
)
from ppa.repository.models import find_model, list_models
from ppa.repository.predictions import origin_counts
from ppa_web.api.downloads import attachment
from ppa_web.api.json_response import json_response, records, stamps
from ppa_web.api.metrics_json import evaluation_json, key_figures, metrics_json
from ppa_web.api.models import model_row
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
    """Every model with its metrics in one origin."""
    origin, models = _origin(), list_models(platform())
    entries = leaderboard(platform(), models, origin)
    rows = [{**model_row(model), **_entry_json(entries[model.model_id])} for model in models]
    return json_response({"origin": origin, "models": rows})


@performance.get("/models/<model_id>/performance")
def get_performance(model_id: str) -> Response:
    """Metrics of one origin within a window; origins are never mixed."""
    model, origin = find_model(platform(), model_id), _origin()
    record = load_record(platform(), model, origin)
    measured = performance_in_window(record, text("window", ALL), fraction("fee", FEE, MAX_FEE))
    return json_response(
        {
            "model": model_row(model),
            "model_id": model_id,
            "origin": origin,
            "origins": origin_counts(platform(), model),
            "window": measured.window,
            "windows": [_window(record, window) for window in WINDOWS],
            "counts": measured.counts,
            "in_training": record.in_training,
            "evaluation": measured.evaluation and evaluation_json(measured.evaluation),
            "base_rates": measured.base_rates,
            "test": metrics_json(model.metrics),
            "verdict": measured.verdict,
            "expected": _expected_json(expected_performance(platform(), record, measured.window)),
            "profit": _profit_json(measured.profit),
            "curves": measured.curves,
            "results": records(_results(record, measured.window)[:PAGE]),
        }
    )


@performance.get("/models/<model_id>/drift")
def get_drift(model_id: str) -> Response:
    """Drift of a model's features and probabilities since training."""
    model = find_model(platform(), model_id)
    report = feature_drift(platform(), load_record(platform(), model, _origin()), _window_name())
    units = {feature.name: feature.unit for feature in platform().catalogue.features}
    return json_response(
        {
            "since": report.since,
            "hours": report.hours,
            "features": [
                {"feature": name, "unit": units.get(name, ""), **_drift(drift)}
                for name, drift in report.features.items()
            ],
            "predictions": report.predictions and _drift(report.predictions),
        }
    )


@performance.get("/models/<model_id>/results")
def get_results(model_id: str) -> Response:
    """A page of single results, sorted by one of their columns."""
    rows = _results(load_record(platform(), find_model(platform(), model_id), _origin()), _window_name())
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
    """All single results as CSV, newest first."""
    rows = _results(load_record(platform(), find_model(platform(), model_id), _origin()), _window_name())
    name = f"{model_id}-{_origin()}-{_window_name()}.csv"
    return attachment(rows.to_csv(index=False, date_format=TIMES), name)


def _results(record: Record, window: str) -> pd.DataFrame:
    """Single results within a window, newest first."""
    rows = record.rows[record.rows["ts"] >= record.since(window)]
    return rows.assign(right=_right(rows))[list(RESULTS)].iloc[::-1]


def _right(rows: pd.DataFrame) -> "pd.Series[bool]":
    """True if the decision equals the outcome; null if the outcome is unknown."""
    right = rows["decision"].astype("boolean") == rows["outcome"].eq(1)
    return right.where(rows["outcome"].notna() & rows["decision"].notna())


def _window(record: Record, window: str) -> dict[str, object]:
    resolved = record.resolved.within(record.since(window))
    if not len(resolved.hours):
        return {"window": window, "verdict": NOTHING_RESOLVED, **key_figures(None)}
    evaluation, rates = evaluate_resolved(resolved, record.model)
    reverses = rates["last_hour_reverses"]
    return {
        "window": window,
        "verdict": verdict_against_baselines(evaluation, rates),
        "last_hour_reverses": reverses,
        **key_figures(evaluation),
    }


def _entry_json(entry: LeaderboardEntry) -> dict[str, object]:
    return {
        "evaluation": entry.evaluation and evaluation_json(entry.evaluation),
        "base_rates": entry.base_rates,
        "verdict": entry.verdict,
        "profit": entry.profit and entry.profit.to_dict(),
    }


def _expected_json(expected: ExpectedPerformance) -> dict[str, object]:
    return {
        "pending": expected.pending and expected.pending.to_dict(),
        "matured": expected.resolved and expected.resolved.to_dict(),
        "calibrated": expected.calibrated,
    }


def _profit_json(profit: Profit | None) -> Mapping[str, object] | None:
    """Profit figures, with the equity curves of strategy and buy and hold downsampled to about one point per pixel."""
    if profit is None or not profit.equity.size:
        return None
    picked = np.unique(np.linspace(0, profit.equity.size - 1, MAX_POINTS).astype(int))
    columns = (stamps(profit.hours[picked]), profit.equity[picked].round(6), profit.hold[picked].round(6))
    return {**profit.to_dict(), "curve": [list(point) for point in zip(*columns, strict=True)]}


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
