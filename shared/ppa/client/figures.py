"""Figures for notebooks, made by Plotly from the data that the pages show."""

from collections.abc import Callable, Mapping
from typing import Any

import plotly.graph_objects as go

from ppa.client.api import Api
from ppa.core.errors import BadInput
from ppa.core.evaluation.running_accuracy import RunningPoint

POINTS = 4000


def figure(
    api: Api, kind: str, *, label_id: str | None = None, models: list[str], origin: str = "live"
) -> go.Figure:
    """Return the figure of `kind`; BadInput where there is no such kind, or no model is named for one of models."""
    if kind == "price":
        return price_figure(api, label_id)
    if kind not in OF_MODELS:
        raise BadInput(f"There is no figure {kind!r}; choose one of price, {', '.join(OF_MODELS)}.")
    if not models:
        raise BadInput(f"The figure {kind} is of models: name them as models=[...].")
    return OF_MODELS[kind](api, models, origin)


def price_figure(api: Api, label_id: str | None) -> go.Figure:
    """Return the close of the label's asset (BTC without one), with the hours labelled 1 marked."""
    label = api.get(f"labels/{label_id}") if label_id else None
    asset = label["asset"] if label else "BTC"
    chart = api.get("chart", asset=asset, points=POINTS)
    drawn = go.Figure(go.Scatter(x=chart["ts"], y=chart["close"], name=chart["pair"], mode="lines"))
    for since, until in (label or {}).get("stretches", ()):
        drawn.add_vrect(x0=since, x1=until, fillcolor="seagreen", opacity=0.25, line_width=0)
    title = f"{chart['pair']}, hourly close" + (f"; shaded where {label_id} is 1" if label_id else "")
    return _titled(drawn, title, "time, UTC", f"close, {chart['unit']}")


def roc_figure(api: Api, models: list[str], origin: str) -> go.Figure:
    """Return the ROC curves on each model's held-out hours."""
    drawn = go.Figure(_diagonal("chance"))
    for model_id in models:
        model = api.get(f"models/{model_id}")
        false, true = zip(*model["curves"]["roc"], strict=True)
        auc = model["metrics"]["roc_auc"]
        drawn.add_scatter(x=false, y=true, mode="lines", name=f"{model_id}, AUC {auc:.3f}")
    return _titled(drawn, "ROC on held-out hours", "false positive rate", "true positive rate")


def calibration_figure(api: Api, models: list[str], origin: str) -> go.Figure:
    """Return the calibration curves on each model's held-out hours."""
    drawn = go.Figure(_diagonal("calibrated"))
    for model_id in models:
        points = api.get(f"models/{model_id}")["curves"]["calibration"]
        x, y = zip(*((point[0], point[1]) for point in map(_values, points)), strict=True)
        drawn.add_scatter(x=x, y=y, mode="lines+markers", name=model_id)
    return _titled(drawn, "Calibration on held-out hours", "mean predicted probability", "share of 1")


def running_figure(api: Api, models: list[str], origin: str) -> go.Figure:
    """Return accuracy so far of the predictions of one origin, beside the base rate of the first model."""
    drawn = go.Figure()
    for place, model_id in enumerate(models):
        curves = api.get(f"models/{model_id}/performance", origin=origin)["curves"]
        points = [RunningPoint(*point) for point in curves.get("running", ())]
        hours = [point.ts for point in points]
        drawn.add_scatter(x=hours, y=[point.accuracy for point in points], name=model_id)
        if not place:
            base = [point.majority for point in points]
            drawn.add_scatter(x=hours, y=base, name="base rate", line_dash="dot")
    return _titled(drawn, f"Accuracy so far, {origin} predictions", "time, UTC", "accuracy")


OF_MODELS: Mapping[str, Callable[[Api, list[str], str], go.Figure]] = {
    "roc": roc_figure,
    "calibration": calibration_figure,
    "running_accuracy": running_figure,
}


def _values(point: Any) -> list[float]:
    return list(point.values()) if isinstance(point, Mapping) else list(point)


def _diagonal(name: str) -> go.Scatter:
    return go.Scatter(x=[0, 1], y=[0, 1], mode="lines", name=name, line={"dash": "dot", "color": "gray"})


def _titled(drawn: go.Figure, title: str, x: str, y: str) -> go.Figure:
    return drawn.update_layout(title=title, xaxis_title=x, yaxis_title=y, hovermode="x unified")
