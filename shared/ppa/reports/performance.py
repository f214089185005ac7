"""How good a model's predictions have been: what happened, and honest figures about it.

Outcomes are found by the very function that makes labels, over the newest known closes. Origins are never
mixed, and hours that the model was trained on count in no figure.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from ppa.core.errors import BadInput
from ppa.core.evaluation.profit import FEE, Profit, backtest
from ppa.core.evaluation.running_accuracy import Resolved, reversal_baseline, running_accuracy
from ppa.core.evaluation.verdict_text import verdict_text
from ppa.core.labels.definition import LabelDefinition
from ppa.core.metrics import Evaluation, calibration_points, evaluate, roc_points
from ppa.core.times import BEGINNING, HOUR
from ppa.platform import Platform
from ppa.repository.models import RegisteredModel
from ppa.repository.predictions import predictions
from ppa.repository.prices import latest_closes

# hours of each window, counted back from the newest hour whose outcome can be known
WINDOWS: Mapping[str, int | None] = {"24h": 24, "7d": 7 * 24, "30d": 30 * 24, "all": None}
ALL = "all"
NOTHING = "No prediction has matured yet."


@dataclass(frozen=True)
class Record:
    """Every answer of one model and origin, oldest first: the stored columns, `outcome`, `matured` and `seen`.

    `outcome` (Int8) is what is known now. It counts (`matured`) once its whole window has closed: a rise can be
    known early, its absence cannot, so that counting the early ones would make rises of most of them. `seen`
    are hours that the training labels reach into.
    """

    model: RegisteredModel
    answers: pd.DataFrame
    closes: "pd.Series[float]"

    @property
    def newest(self) -> pd.Timestamp:
        """The newest hour whose outcome can be known by now."""
        return self.model.definition.settled(self.closes)

    @cached_property
    def matured(self) -> Resolved:
        """What the figures are about."""
        rows = self.answers
        counted = rows[rows["probability"].notna() & rows["matured"] & ~rows["seen"]]
        hours = pd.DatetimeIndex(counted["ts"])
        return Resolved(
            hours,
            counted["probability"].to_numpy(dtype=np.float64),
            counted["decision"].to_numpy(dtype=bool),
            counted["outcome"].to_numpy(dtype=np.int8) == 1,
            reversal_baseline(hours, self.closes),
        )

    @cached_property
    def pending(self) -> pd.DataFrame:
        """Predictions whose outcome nobody can know for certain yet."""
        rows = self.answers
        return rows[rows["probability"].notna() & ~rows["matured"] & ~rows["seen"]]

    def since(self, window: str) -> pd.Timestamp:
        """The first hour of a window."""
        hours = WINDOWS[window]
        return BEGINNING if hours is None else self.newest - (hours - 1) * HOUR

    def counts(self, window: str = ALL) -> Mapping[str, int]:
        """How many answers of the window there are, of each kind."""
        rows = self.answers[self.answers["ts"] >= self.since(window)]
        said, seen = rows["probability"].notna(), rows["seen"]
        matured = int((said & rows["matured"] & ~seen).sum())
        return {
            "predictions": int(said.sum()),
            "without": int((~said).sum()),
            "matured": matured,
            "pending": int((said & ~seen).sum()) - matured,
        }

    @property
    def in_training(self) -> int:
        """How many predictions are about hours that the training labels reach into."""
        return int((self.answers["probability"].notna() & self.answers["seen"]).sum())


@dataclass(frozen=True)
class Performance:
    """The figures over what has matured of a record within a window."""

    record: Record
    window: str
    counts: Mapping[str, int]
    evaluation: Evaluation | None
    base_rates: Mapping[str, float | None]
    verdict: str
    curves: Mapping[str, object]
    profit: Profit | None


def measure(
    platform: Platform, model: RegisteredModel, origin: str, window: str = ALL, fee: float = FEE
) -> Performance:
    """The performance of a model's predictions of one origin in one of WINDOWS."""
    return judge(record(platform, model, origin), window, fee)


def record(platform: Platform, model: RegisteredModel, origin: str) -> Record:
    """The answers of a model and one origin; kept in memory until a table that it follows from changes."""
    token = tuple(platform.warehouse.version_token(table) for table in ("predictions", "observations"))
    key = ("record", model.model_id, model.generation, origin)
    return platform.cache.get(key, lambda: _read(platform, model, origin), token)


def judge(made: Record, window: str = ALL, fee: float = FEE) -> Performance:
    """The figures of a record within a window; BadInput where there is no such window."""
    if window not in WINDOWS:
        raise BadInput(f"window is {window!r}; give one of {', '.join(WINDOWS)}.")
    matured, counts = made.matured.within(made.since(window)), made.counts(window)
    if not len(matured.hours):
        return Performance(made, window, counts, None, {}, NOTHING, {}, None)
    evaluation, rates = evaluated(matured, made.model)
    return Performance(
        made,
        window,
        counts,
        evaluation,
        rates,
        judged_text(evaluation, rates),
        _curves(matured, made.model.definition.lookahead),
        backtest(
            matured.hours, matured.decision, made.closes, lookahead=made.model.definition.lookahead, fee=fee
        ),
    )


def evaluated(matured: Resolved, model: RegisteredModel) -> tuple[Evaluation, Mapping[str, float | None]]:
    """Metrics of what has matured, and what the two rules to beat would have scored."""
    evaluation = evaluate(
        matured.outcome.astype(np.int8),
        matured.probability,
        threshold=model.decision_threshold,
        lookahead=model.definition.lookahead,
        times=matured.hours,
    )
    reverses = float((matured.reversal == matured.outcome).mean())
    return evaluation, {"majority": evaluation.base_rate, "last_hour_reverses": reverses}


def judged_text(evaluation: Evaluation, rates: Mapping[str, float | None]) -> str:
    """In words, whether it beats the better of the two rules."""
    reverses = rates.get("last_hour_reverses")
    if reverses is None or reverses <= (evaluation.base_rate or 0.0):
        return verdict_text(evaluation)
    return verdict_text(replace(evaluation, base_rate=reverses), "saying that the last hour reverses")


def with_outcomes(
    answers: pd.DataFrame, known: "pd.Series[float]", definition: LabelDefinition
) -> pd.DataFrame:
    """Answers with the column `outcome`: what the label says of each hour now (Int8, null where unknown)."""
    outcome = definition.labels(known).reindex(pd.DatetimeIndex(answers["ts"]))
    return answers.assign(outcome=outcome.array)


def recorded(answers: pd.DataFrame, known: "pd.Series[float]", model: RegisteredModel) -> Record:
    """The record of answers of one model and origin, in any order."""
    ordered = with_outcomes(answers.sort_values("ts", ignore_index=True), known, model.definition)
    closed = ordered["ts"] <= model.definition.settled(known)
    return Record(
        model,
        ordered.assign(
            matured=closed & ordered["outcome"].notna(), seen=ordered["ts"] < model.first_unseen_hour
        ),
        known,
    )


def _read(platform: Platform, model: RegisteredModel, origin: str) -> Record:
    return recorded(
        predictions(platform, [model], [origin]), latest_closes(platform, model.definition.asset), model
    )


def _curves(matured: Resolved, lookahead: int) -> Mapping[str, Any]:
    outcome = matured.outcome.astype(np.int8)
    return {
        "roc": roc_points(outcome, matured.probability),
        "calibration": calibration_points(outcome, matured.probability),
        "running": running_accuracy(matured, lookahead),
    }
