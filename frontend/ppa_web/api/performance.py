"""Performance of models since activation: metrics, drift and single results."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Annotated, Literal, get_args

import numpy as np
import pandas as pd
from flask import Blueprint, Response
from msgspec import Meta

from ppa.core.contracts.common import ModelId
from ppa.core.contracts.record import Arguments
from ppa.core.errors import NotFound
from ppa.core.evaluation.drift import Drift
from ppa.core.evaluation.profit import FEE, Profit
from ppa.core.evaluation.running_accuracy import MAX_POINTS
from ppa.core.origins import LIVE, Origin
from ppa.reports.csv_text import TIMES
from ppa.reports.expected_performance import ExpectedPerformance, expected_performance
from ppa.reports.feature_drift import feature_drift
from ppa.reports.leaderboard import LeaderboardEntry, leaderboard
from ppa.reports.performance import (
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
from ppa_web.context import platform
from ppa_web.openapi.common_arguments import Fee
from ppa_web.openapi.contents import File
from ppa_web.openapi.operation import operation
from ppa_web.responses import performance as shapes
from ppa_web.responses.predictions import Results

performance = Blueprint("performance", __name__, url_prefix="/api/v1")

PAGE = 100
ResultColumn = Literal[
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
    "withdrawn",
    "reason",
    "detail",
]
RESULTS: tuple[ResultColumn, ...] = get_args(ResultColumn)
WindowName = Literal["24h", "7d", "30d", "all"]


class OriginQuery(Arguments, frozen=True, kw_only=True):
    """Predictions of one origin."""

    origin: Annotated[Origin, Meta(description="Live, backfilled (`buffer`) or replayed predictions")] = LIVE


class WindowQuery(OriginQuery, frozen=True, kw_only=True):
    """Predictions of one origin within a window."""

    window: Annotated[WindowName, Meta(description="Window before the newest prediction")] = "all"


class PerformanceQuery(WindowQuery, frozen=True, kw_only=True):
    """Predictions of one origin within a window, and the fee of a backtest."""

    fee: Fee = FEE


class ResultsQuery(WindowQuery, frozen=True, kw_only=True):
    """A page of results."""

    sort: Annotated[ResultColumn, Meta(description="Column to sort by")] = "ts"
    order: Annotated[Literal["asc", "desc"], Meta(description="Order")] = "desc"
    offset: Annotated[int, Meta(ge=0, le=10**8, description="Results to skip", examples=[0])] = 0
    limit: Annotated[int, Meta(ge=1, le=1000, description="Maximum number of results", examples=[PAGE])] = (
        PAGE
    )


@performance.get("/performance")
@operation(shapes.Leaderboard)
def get_standings(query: OriginQuery) -> Response:
    """Every model with its metrics in one origin."""
    origin, models = query.origin, list_models(platform())
    entries = leaderboard(platform(), models, origin)
    rows = [{**model_row(model), **_entry_json(entries[model.model_id])} for model in models]
    return json_response({"origin": origin, "models": rows})


@performance.get("/models/<model_id>/performance")
@operation(shapes.Performance, problems=(NotFound,))
def get_performance(model_id: ModelId, query: PerformanceQuery) -> Response:
    """Metrics of one origin within a window; origins are never mixed."""
    model, origin = find_model(platform(), model_id), query.origin
    record = load_record(platform(), model, origin)
    measured = performance_in_window(record, query.window, query.fee)
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
@operation(shapes.DriftReport, problems=(NotFound,))
def get_drift(model_id: ModelId, query: WindowQuery) -> Response:
    """Drift of a model's features and probabilities since training."""
    model = find_model(platform(), model_id)
    report = feature_drift(platform(), load_record(platform(), model, query.origin), query.window)
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
@operation(Results, problems=(NotFound,))
def get_results(model_id: ModelId, query: ResultsQuery) -> Response:
    """A page of single results, sorted by one of their columns."""
    rows = _results_of(model_id, query)
    ordered = rows.sort_values(query.sort, ascending=query.order == "asc", kind="stable", na_position="last")
    page = ordered.iloc[query.offset : query.offset + query.limit]
    return json_response({"total": len(rows), "results": records(page)})


@performance.get("/models/<model_id>/results.csv")
@operation(
    File(
        "text/csv",
        "Results, newest first.",
        "ts,probability,decision,outcome,right\n2026-03-01T12:00:00Z,0.2386,False,0,True\n",
    ),
    problems=(NotFound,),
)
def get_results_csv(model_id: ModelId, query: WindowQuery) -> Response:
    """All single results as CSV, newest first."""
    rows = _results_of(model_id, query)
    name = f"{model_id}-{query.origin}-{query.window}.csv"
    return attachment(rows.to_csv(index=False, date_format=TIMES), name)


def _results_of(model_id: str, query: WindowQuery) -> pd.DataFrame:
    record = load_record(platform(), find_model(platform(), model_id), query.origin)
    return _results(record, query.window)


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
