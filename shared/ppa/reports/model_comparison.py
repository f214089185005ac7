"""Registered models compared, with what the comparison rests on: their held-out hours, outcomes and closes.

Outcomes are found by the function that makes labels, over the newest known closes. Answers are kept until the
observations, or what is said of the models, change.
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
from ppa.modelfiles import sandbox
from ppa.platform import Platform
from ppa.repository.artifacts import get_or_create
from ppa.repository.holdout_predictions import holdout_features, holdout_predictions, model_file
from ppa.repository.labels import SavedLabel, list_labels
from ppa.repository.models import RegisteredModel, find_model, list_models
from ppa.repository.prices import latest_closes

MAX_MODELS = 6
MAX_LABELS = 60
IMPORTANCE = "importance.json"


@dataclass(frozen=True)
class ModelComparison:
    """The compared models in the order asked for, the comparison, and why each left-out model was."""

    models: list[RegisteredModel]
    comparison: Comparison
    left_out: Mapping[str, str]


def compare_models(platform: Platform, model_ids: Sequence[str], fee: float = FEE) -> ModelComparison:
    """Compare one to six models of one label; BadInput for other numbers or labels, NotFound for unknown ones.

    A model that cannot be asked any more is left out, with the reason; Refused where none is left.
    """
    chosen = models_named(platform, model_ids)
    token = platform.warehouse.version_token("observations")
    key = ("comparison", fee, *((one.model_id, one.row["generation"]) for one in chosen))
    return platform.cache.get(key, lambda: _compared(platform, chosen, fee), token)


def models_named(platform: Platform, model_ids: Sequence[str]) -> list[RegisteredModel]:
    """One to six models of one label, each once, in the order asked for."""
    wanted = list(dict.fromkeys(model_ids))
    if not 1 <= len(wanted) <= MAX_MODELS:
        raise BadInput(f"{len(wanted)} models were named; give 1 to {MAX_MODELS} in `models`, with commas.")
    known = {model.model_id: model for model in list_models(platform)}
    chosen = [known.get(one) or find_model(platform, one) for one in wanted]
    labels = {str(model.row["label_id"]) for model in chosen}
    if len(labels) > 1:
        raise BadInput(
            f"These models predict different things ({', '.join(sorted(labels))}): compare models of one label."
        )
    return chosen


def importance(platform: Platform, model_id: str) -> list[Importance]:
    """Permutation importance on a sample of a model's held-out hours, found in the gate's child process, once."""
    model = find_model(platform, model_id)
    data = get_or_create(
        platform, model, IMPORTANCE, lambda: json.dumps(_importance(platform, model)).encode()
    )
    return [Importance(*one) for one in json.loads(data)]


def sparklines(platform: Platform) -> list[tuple[SavedLabel, Sparkline | None]]:
    """The labels to choose from, those with most models first, each with its picture on the price.

    Archived ones only where they have models; `MOST_LABELS` at most.
    """
    labels = [label for label in list_labels(platform) if label.models or not label.archived_at]
    token = platform.warehouse.version_token("observations")
    return [
        (label, platform.cache.get(("picture", label.label_id), partial(_picture, platform, label), token))
        for label in sorted(labels, key=lambda label: -label.models)[:MAX_LABELS]
    ]


def _picture(platform: Platform, label: SavedLabel) -> Sparkline | None:
    known = latest_closes(platform, label.definition.asset)
    return sparkline(known, label.definition.labels(known))


def _compared(platform: Platform, chosen: Sequence[RegisteredModel], fee: float) -> ModelComparison:
    definition = chosen[0].definition
    known = latest_closes(platform, definition.asset)
    candidates, left_out = list[Candidate](), dict[str, str]()
    for model in chosen:
        try:
            candidates.append(_candidate(platform, model))
        except PpaError as error:
            left_out[model.model_id] = str(error)
    if not candidates:
        raise Refused(f"None of these models can be compared. {' '.join(left_out.values())}")
    compared = [model for model in chosen if model.model_id not in left_out]
    found = compare(candidates, definition.labels(known), known, lookahead=definition.lookahead, fee=fee)
    return ModelComparison(compared, found, left_out)


def _candidate(platform: Platform, model: RegisteredModel) -> Candidate:
    said = holdout_predictions(platform, model)
    threshold = float(model.row["decision_threshold"])
    return Candidate(model.model_id, threshold, pd.Series(said.probability, index=said.hours))


def _importance(platform: Platform, model: RegisteredModel) -> list[Importance]:
    rows = sample(holdout_features(platform, model))
    truth = (
        model.definition.labels(latest_closes(platform, model.definition.asset))
        .reindex(rows.index)
        .to_numpy(dtype=np.float64)
    )
    return importances(rows, truth, sandbox.run(model_file(platform, model), shuffled(rows)).probability)
