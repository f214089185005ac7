"""Every model's performance in one origin at a glance: what they are listed and ranked by."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from shared.frames import HOUR, to_frame
from shared.labels import closes
from shared.metrics import Evaluation
from shared.models.models import Model
from shared.performance import NOTHING, evaluated, judged
from shared.platform import Platform
from shared.profit import Profit, follow
from shared.running import Matured, last_hour_reverses


@dataclass(frozen=True)
class Standing:
    """The figures of one model over all that has matured of one origin; None where nothing has."""

    evaluation: Evaluation | None
    base_rates: Mapping[str, float | None]
    verdict: str
    profit: Profit | None


def standings(platform: Platform, models: Sequence[Model], origin: str) -> Mapping[str, Standing]:
    """By model id; kept in memory until a table that they follow from changes."""
    mark = tuple(platform.warehouse.mark(table) for table in ("predictions", "observations"))
    key = ("standings", origin, tuple(model.model_id for model in models))
    return platform.memo.get(key, lambda: _standings(platform, models, origin), mark)


def _standings(platform: Platform, models: Sequence[Model], origin: str) -> Mapping[str, Standing]:
    ids = [model.model_id for model in models]
    said = to_frame(platform.warehouse.query("said", model_ids=ids, origins=[origin]))
    known = {asset: closes(platform, asset) for asset in {model.spec.asset for model in models}}
    outcomes = {m.row["label_id"]: m.spec.labels(known[m.spec.asset]) for m in models}
    rows = {str(name): part for name, part in said.groupby("model_id", sort=False)}
    return {
        model.model_id: _standing(
            rows.get(model.model_id, said.iloc[:0]),
            model,
            known[model.spec.asset],
            outcomes[model.row["label_id"]],
        )
        for model in models
    }


def _standing(
    said: pd.DataFrame, model: Model, known: "pd.Series[float]", outcome: "pd.Series[int]"
) -> Standing:
    lookahead = model.spec.lookahead
    if known.empty or said.empty:
        return Standing(None, {}, NOTHING, None)
    counted = said["ts"].between(model.first_unseen_hour, known.index[-1] - lookahead * HOUR)
    matured = matured_of(said[counted], known, outcome)
    if not len(matured.hours):
        return Standing(None, {}, NOTHING, None)
    evaluation, rates = evaluated(matured, model)
    profit = follow(matured.hours, matured.decision, known, lookahead=lookahead)
    return Standing(evaluation, rates, judged(evaluation, rates), profit)


def matured_of(said: pd.DataFrame, known: "pd.Series[float]", outcome: "pd.Series[int]") -> Matured:
    """What was said, oldest first, of the hours whose outcome is known."""
    happened = outcome.reindex(pd.DatetimeIndex(said["ts"])).to_numpy(dtype=np.int8, na_value=-1)
    there = said[happened >= 0]
    hours = pd.DatetimeIndex(there["ts"])
    return Matured(
        hours,
        there["probability"].to_numpy(dtype=np.float64),
        there["decision"].to_numpy(dtype=bool),
        happened[happened >= 0] == 1,
        last_hour_reverses(hours, known),
    )
