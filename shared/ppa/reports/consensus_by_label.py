"""Agreement of the active models of each label, by their recent probabilities."""

from collections.abc import Mapping, Sequence

import pandas as pd

from ppa.core.evaluation.consensus import Consensus, consensus
from ppa.repository.models import RegisteredModel


def newest_probabilities(rows: pd.DataFrame, models: Sequence[RegisteredModel]) -> dict[str, float]:
    """Return the latest probability of each model that has one, by model id; `rows` are predictions."""
    table = _probability_table(rows, models)
    last = table.ffill().iloc[-1].dropna() if len(table) else pd.Series(dtype=float)
    return dict(zip(last.index.astype(str), last.tolist(), strict=True))


def consensus_by_label(rows: pd.DataFrame, models: Sequence[RegisteredModel]) -> Mapping[str, Consensus]:
    """Return the consensus of each label with several models, by label id; `rows` are predictions of one origin."""
    table = _probability_table(rows, models)
    labels: dict[str, list[str]] = {}
    for model in models:
        labels.setdefault(model.label_id, []).append(model.model_id)
    thresholds = pd.Series({m.model_id: m.decision_threshold for m in models}, dtype=float)
    by_label = {label: consensus(table[ids], thresholds) for label, ids in labels.items() if len(ids) > 1}
    return {label: one for label, one in by_label.items() if one}


def _probability_table(rows: pd.DataFrame, models: Sequence[RegisteredModel]) -> pd.DataFrame:
    """Probabilities with one row per hour and one column per model."""
    table: pd.DataFrame = rows.pivot_table(
        index="ts", columns="model_id", values="probability", aggfunc="first", dropna=False
    )
    return table.reindex(columns=[model.model_id for model in models])
