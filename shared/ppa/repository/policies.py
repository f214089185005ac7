"""Rules about the models of a label: when they expire, when to warn, and whether a challenger is trained on a schedule.

A rule is set by a person, and every one ever set is kept. No rule promotes or activates a model: only a person does.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import pandas as pd

from ppa.core.errors import BadInput, NotFound
from ppa.modelfiles.training import ESTIMATORS
from ppa.platform import Platform
from ppa.repository.labels import find_label
from ppa.storage.arrow import rows_table

EVERY_LABEL = "*"
RETRAINING = ("retrain_estimator", "retrain_window_days", "retrain_every_days")
BOUNDS: Mapping[str, tuple[int, int]] = {
    "expire_after_days": (1, 3_650),
    "retrain_window_days": (30, 3_650),
    "retrain_every_days": (1, 365),
}


@dataclass(frozen=True)
class ModelPolicy:
    """The rule of one label, or of every label without one of its own (`*`). Everything is off by default."""

    scope: str
    expire_after_days: int | None = None
    warn_below_base: bool | None = None
    retrain_estimator: str | None = None
    retrain_window_days: int | None = None
    retrain_every_days: int | None = None
    by: str = ""
    at: pd.Timestamp | None = None
    paused: bool | None = None
    removed: bool | None = None

    @property
    def retrains(self) -> bool:
        """Whether a challenger is trained on a schedule."""
        return not self.paused and self.retrain_estimator is not None

    def __post_init__(self) -> None:
        for name, (minimum, maximum) in BOUNDS.items():
            value = getattr(self, name)
            whole = isinstance(value, int) and not isinstance(value, bool)
            if value is not None and not (whole and minimum <= value <= maximum):
                raise BadInput(
                    f"{name} is {value!r}; give a whole number from {minimum} to {maximum}, or null."
                )
        for name in ("warn_below_base", "paused"):
            if getattr(self, name) not in (None, True, False):
                raise BadInput(f"{name} is {getattr(self, name)!r}; give true or false.")
        self._check_retraining()

    def _check_retraining(self) -> None:
        given = [name for name in RETRAINING if getattr(self, name) is not None]
        if given and len(given) < len(RETRAINING):
            raise BadInput(f"Retraining takes {', '.join(RETRAINING)}: give all of them, or null for all.")
        if given and self.scope == EVERY_LABEL:
            raise BadInput("Retraining is set for one label at a time: name the label.")
        if given and self.retrain_estimator not in ESTIMATORS:
            raise BadInput(
                f"There is no estimator {self.retrain_estimator!r}; choose one of {', '.join(ESTIMATORS)}."
            )


def set_policy(platform: Platform, scope: str, wanted: Mapping[str, Any], by: str) -> ModelPolicy:
    """Change what `wanted` names of a scope's rule, and leave the rest; BadInput or NotFound says what is wrong."""
    if scope != EVERY_LABEL:
        find_label(platform, scope)
    changeable = {*BOUNDS, "warn_below_base", "retrain_estimator", "paused"}
    if not wanted or wanted.keys() - changeable:
        raise BadInput(f"Of a rule, {', '.join(sorted(changeable))} can be set, and nothing else.")
    before = asdict(policies(platform).get(scope, ModelPolicy(scope)))
    return _written(platform, ModelPolicy(**{**before, **wanted, "by": by, "at": platform.now()}))


def remove_policy(platform: Platform, scope: str, by: str) -> ModelPolicy:
    """Take a scope's rule away: a label is under the one for every label again. NotFound where it has none."""
    if scope not in policies(platform):
        raise NotFound(f"{scope} has no rule of its own.")
    return _written(platform, ModelPolicy(scope, by=by, at=platform.now(), removed=True))


def _written(platform: Platform, rule: ModelPolicy) -> ModelPolicy:
    if not rule.by:
        raise BadInput("Say who does this: a rule without a name cannot be audited.")
    platform.warehouse.merge("rules", rows_table([asdict(rule)]))
    return rule


def policies(platform: Platform) -> Mapping[str, ModelPolicy]:
    """The rule of each scope that has one, paused or not."""
    newest = {rule.scope: rule for rule in policy_history(platform)}
    return {scope: rule for scope, rule in newest.items() if not rule.removed}


def policy_history(platform: Platform) -> Sequence[ModelPolicy]:
    """Every rule ever set, by scope, oldest first."""
    return [ModelPolicy(**row) for row in platform.warehouse.query("rules").to_pylist()]


def policy_for(known: Mapping[str, ModelPolicy], label_id: str) -> ModelPolicy:
    """The rule that holds for a label: its own, else the one for every label; everything off where it is paused."""
    rule = known.get(label_id) or known.get(EVERY_LABEL) or ModelPolicy(label_id)
    return ModelPolicy(label_id) if rule.paused else rule
