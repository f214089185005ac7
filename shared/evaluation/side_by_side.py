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

from shared.errors import BadInput, PpaError, Refused
from shared.evaluation.comparison import Candidate, Comparison, compare
from shared.evaluation.importance import Importance, importances, sample, shuffled
from shared.evaluation.profit import FEE
from shared.labels.picture import Picture, picture
from shared.labels.saved import SavedLabel, closes, list_labels
from shared.models.beside import kept
from shared.models.gate.examination import examine
from shared.models.heldout import held_out, held_out_features, model_file
from shared.models.models import Model, find_model, list_models
from shared.platform import Platform

MOST_MODELS = 6
MOST_LABELS = 60
IMPORTANCE = "importance.json"


@dataclass(frozen=True)
class SideBySide:
    """The compared models in the order asked for, the comparison, and why each left-out model was."""

    models: list[Model]
    comparison: Comparison
    left_out: Mapping[str, str]


def side_by_side(platform: Platform, model_ids: Sequence[str], fee: float = FEE) -> SideBySide:
    """Compare one to six models of one label; BadInput for other numbers or labels, NotFound for unknown ones.

    A model that cannot be asked any more is left out, with the reason; Refused where none is left.
    """
    chosen = models_named(platform, model_ids)
    mark = platform.warehouse.mark("observations")
    key = ("comparison", fee, *((one.model_id, one.row["generation"]) for one in chosen))
    return platform.memo.get(key, lambda: _compared(platform, chosen, fee), mark)


def models_named(platform: Platform, model_ids: Sequence[str]) -> list[Model]:
    """One to six models of one label, each once, in the order asked for."""
    wanted = list(dict.fromkeys(model_ids))
    if not 1 <= len(wanted) <= MOST_MODELS:
        raise BadInput(f"{len(wanted)} models were named; give 1 to {MOST_MODELS} in `models`, with commas.")
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
    data = kept(platform, model, IMPORTANCE, lambda: json.dumps(_importance(platform, model)).encode())
    return [Importance(*one) for one in json.loads(data)]


def pictures(platform: Platform) -> list[tuple[SavedLabel, Picture | None]]:
    """The labels to choose from, those with most models first, each with its picture on the price.

    Archived ones only where they have models; `MOST_LABELS` at most.
    """
    labels = [label for label in list_labels(platform) if label.models or not label.archived_at]
    mark = platform.warehouse.mark("observations")
    return [
        (label, platform.memo.get(("picture", label.label_id), partial(_picture, platform, label), mark))
        for label in sorted(labels, key=lambda label: -label.models)[:MOST_LABELS]
    ]


def _picture(platform: Platform, label: SavedLabel) -> Picture | None:
    known = closes(platform, label.spec.asset)
    return picture(known, label.spec.labels(known))


def _compared(platform: Platform, chosen: Sequence[Model], fee: float) -> SideBySide:
    spec = chosen[0].spec
    known = closes(platform, spec.asset)
    candidates, left_out = list[Candidate](), dict[str, str]()
    for model in chosen:
        try:
            candidates.append(_candidate(platform, model))
        except PpaError as error:
            left_out[model.model_id] = str(error)
    if not candidates:
        raise Refused(f"None of these models can be compared. {' '.join(left_out.values())}")
    compared = [model for model in chosen if model.model_id not in left_out]
    found = compare(candidates, spec.labels(known), known, lookahead=spec.lookahead, fee=fee)
    return SideBySide(compared, found, left_out)


def _candidate(platform: Platform, model: Model) -> Candidate:
    said = held_out(platform, model)
    threshold = float(model.row["decision_threshold"])
    return Candidate(model.model_id, threshold, pd.Series(said.probability, index=said.hours))


def _importance(platform: Platform, model: Model) -> list[Importance]:
    rows = sample(held_out_features(platform, model))
    truth = (
        model.spec.labels(closes(platform, model.spec.asset)).reindex(rows.index).to_numpy(dtype=np.float64)
    )
    return importances(rows, truth, examine(model_file(platform, model), shuffled(rows)).probability)
