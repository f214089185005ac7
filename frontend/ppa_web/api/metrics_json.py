"""An evaluation as the API gives it: flat, with the interval's ends and the effective number by name."""

from collections.abc import Mapping
from typing import Any

from ppa.core.metrics import SCORES

PLAIN = ("n", "base_rate", "base_answer", "confusion", *SCORES)


def metrics_json(evaluation: Mapping[str, Any]) -> dict[str, Any]:
    """The figures of `Evaluation.to_dict()`."""
    return {name: evaluation[name] for name in PLAIN} | {
        "effective_n": evaluation["effective"],
        "accuracy_low": evaluation["interval"]["low"],
        "accuracy_high": evaluation["interval"]["high"],
        "ece": evaluation["calibration_error"],
    }
