"""Comparison of registered models on their common held-out hours.

Outcomes are computed by the labelling function from the latest known closes. Results are cached until the observations
or the models change.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd

from ppa.core.errors import BadInput, PpaError, Refused
from ppa.core.evaluation.comparison import Candidate, Comparison, compare
from ppa.core.evaluation.importance import Importance, importances, sample, shuffled
from ppa.core.evaluation.profit import FEE
from ppa.core.labels.sparkline import Sparkline, sparkline
from ppa.platform import Platform
from ppa.repository.artifacts import get_or_create
from ppa.repository.holdout_predictions import holdout_features, holdout_predictions
from ppa.repository.labels import SavedLabel, list_labels
from ppa.repository.models import RegisteredModel, find_model, list_models
from ppa.repository.prices import latest_closes
from ppa.repository.programs import probabilities

MAX_MODELS = 6
MAX_LABELS = 60
IMPORTANCE = "importance.json"


@dataclass(frozen=True)
class ModelComparison:
    """Compared models in the requested order, the comparison, and the reason for each model that was left out."""

    models: list[RegisteredModel]
    comparison: Comparison
    left_out: Mapping[str, str]


def compare_models(platform: Platform, model_ids: Sequence[str], fee: float = FEE) -> ModelComparison:
    """Compare one to six models of one label; BadInput for other numbers or mixed labels, NotFound for unknown models.

    A model whose held-out predictions can no longer be computed is left out, with the reason; Refused if none remain.
    """
    chosen = models_named(platform, model_ids)
    token = platform.warehouse.version_token("observations")
    key = ("comparison", fee, *((one.model_id, one.generation) for one in chosen))
    return platform.cache.get(key, lambda: _compared(platform, chosen, fee), token)


def models_named(platform: Platform, model_ids: Sequence[str]) -> list[RegisteredModel]:
    """Look up one to six models of one label, without duplicates, in the requested order."""
    wanted = list(dict.fromkeys(model_ids))
    if not 1 <= len(wanted) <= MAX_MODELS:
        raise BadInput(
            f"{len(wanted)} models were named; name 1 to {MAX_MODELS} in `models`, separated by commas."
        )
    registered = {model.model_id: model for model in list_models(platform)}
    chosen = [registered.get(one) or find_model(platform, one) for one in wanted]
    labels = {model.label_id for model in chosen}
    if len(labels) > 1:
        raise BadInput(
            f"These models have different labels ({', '.join(sorted(labels))}); compare models of one label."
        )
    return chosen


def importance(platform: Platform, model_id: str) -> list[Importance]:
    """Permutation importance on a sample of a model's held-out hours, computed once."""
    model = find_model(platform, model_id)
    data = get_or_create(
        platform, model, IMPORTANCE, lambda: json.dumps(_importance(platform, model)).encode()
    )
    return [Importance(*one) for one in json.loads(data)]


def sparklines(platform: Platform) -> list[tuple[SavedLabel, Sparkline | None]]:
    """Labels to choose from, those with most models first, each with a sparkline of its price.

    Archived labels are included only if they have models; at most MAX_LABELS are returned.
    """
    labels = [label for label in list_labels(platform) if label.models or not label.archived_at]
    token = platform.warehouse.version_token("observations")
    return [
        (label, platform.cache.get(("picture", label.label_id), partial(_sparkline, platform, label), token))
        for label in sorted(labels, key=lambda label: -label.models)[:MAX_LABELS]
    ]


def _sparkline(platform: Platform, label: SavedLabel) -> Sparkline | None:
    closes = latest_closes(platform, label.definition.asset)
    return sparkline(closes, label.definition.labels(closes))


def _compared(platform: Platform, chosen: Sequence[RegisteredModel], fee: float) -> ModelComparison:
    definition = chosen[0].definition
    closes = latest_closes(platform, definition.asset)
    candidates, left_out = list[Candidate](), dict[str, str]()
    for model in chosen:
        try:
            candidates.append(_candidate(platform, model))
        except PpaError as error:
            left_out[model.model_id] = str(error)
    if not candidates:
        raise Refused(f"None of these models can be compared. {' '.join(left_out.values())}")
    compared = [model for model in chosen if model.model_id not in left_out]
    comparison = compare(
        candidates, definition.labels(closes), closes, lookahead=definition.lookahead, fee=fee
    )
    return ModelComparison(compared, comparison, left_out)


def _candidate(platform: Platform, model: RegisteredModel) -> Candidate:
    predictions = holdout_predictions(platform, model)
    threshold = model.decision_threshold
    return Candidate(model.model_id, threshold, pd.Series(predictions.probability, index=predictions.hours))


def _importance(platform: Platform, model: RegisteredModel) -> list[Importance]:
    rows = sample(holdout_features(platform, model))
    truth = (
        model.definition.labels(latest_closes(platform, model.definition.asset))
        .reindex(rows.index)
        .to_numpy(dtype=np.float64)
    )
    return importances(rows, truth, probabilities(platform, model, shuffled(rows)))
