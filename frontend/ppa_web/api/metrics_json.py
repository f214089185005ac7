"""An evaluation as the API gives it: flat, with the interval's ends and the effective number by name."""

from collections.abc import Mapping
from typing import Any

from ppa.core.metrics import SCORES, Evaluation

PLAIN = ("n", "base_rate", "base_answer", "confusion", *SCORES)
KEY_FIGURES = (
    "n",
    "effective_n",
    "accuracy",
    "accuracy_low",
    "accuracy_high",
    "base_rate",
    "roc_auc",
    "brier",
)


def evaluation_json(evaluation: Evaluation) -> dict[str, Any]:
    """Return an evaluation as JSON."""
    return metrics_json(evaluation.to_dict())


def key_figures(evaluation: Evaluation | None) -> dict[str, Any]:
    """Return the figures of an evaluation that tables show; no outcomes without one."""
    if evaluation is None:
        return {"n": 0, "effective_n": 0, "accuracy": None}
    figures = evaluation_json(evaluation)
    return {name: figures[name] for name in KEY_FIGURES}


def metrics_json(evaluation: Mapping[str, Any]) -> dict[str, Any]:
    """Return a stored evaluation (`Evaluation.to_dict()`) as JSON."""
    return {name: evaluation[name] for name in PLAIN} | {
        "effective_n": evaluation["effective"],
        "accuracy_low": evaluation["interval"]["low"],
        "accuracy_high": evaluation["interval"]["high"],
        "ece": evaluation["calibration_error"],
    }
