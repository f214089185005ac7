"""Policies for the models of a label: expiry, warnings and scheduled training of challengers.

Policies are set by people, and their history is kept. No policy promotes or activates a model; only people do.
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
    """Policy of one label, or of all labels without their own (scope `*`). Everything is off by default.

    Raises BadInput for values out of range or an incomplete retraining schedule.
    """

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
        """True if challengers are trained on a schedule."""
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
            raise BadInput(f"Retraining needs {', '.join(RETRAINING)}; give all of them, or null for all.")
        if given and self.scope == EVERY_LABEL:
            raise BadInput("Retraining can only be set for one label at a time; name the label.")
        if given and self.retrain_estimator not in ESTIMATORS:
            raise BadInput(
                f"There is no estimator {self.retrain_estimator!r}; choose one of {', '.join(ESTIMATORS)}."
            )


def set_policy(platform: Platform, scope: str, changes: Mapping[str, Any], by: str) -> ModelPolicy:
    """Change the given fields of a scope's policy; raise NotFound for an unknown label, BadInput for bad fields."""
    if scope != EVERY_LABEL:
        find_label(platform, scope)
    changeable = {*BOUNDS, "warn_below_base", "retrain_estimator", "paused"}
    if not changes or changes.keys() - changeable:
        raise BadInput(f"Only {', '.join(sorted(changeable))} of a policy can be set.")
    before = asdict(policies(platform).get(scope, ModelPolicy(scope)))
    return _append(platform, ModelPolicy(**{**before, **changes, "by": by, "at": platform.now()}))


def remove_policy(platform: Platform, scope: str, by: str) -> ModelPolicy:
    """Remove a scope's policy, so that the one for all labels applies again; raise NotFound if it has none."""
    if scope not in policies(platform):
        raise NotFound(f"{scope} has no policy of its own.")
    return _append(platform, ModelPolicy(scope, by=by, at=platform.now(), removed=True))


def _append(platform: Platform, policy: ModelPolicy) -> ModelPolicy:
    if not policy.by:
        raise BadInput("The user is empty; every policy needs one for the audit log.")
    platform.warehouse.merge("rules", rows_table([asdict(policy)]))
    return policy


def policies(platform: Platform) -> Mapping[str, ModelPolicy]:
    """Return the current policy of each scope that has one, including paused ones."""
    newest = {policy.scope: policy for policy in policy_history(platform)}
    return {scope: policy for scope, policy in newest.items() if not policy.removed}


def policy_history(platform: Platform) -> Sequence[ModelPolicy]:
    """Return all policies ever set, by scope, oldest first."""
    return [ModelPolicy(**row) for row in platform.warehouse.query("rules").to_pylist()]


def policy_for(in_force: Mapping[str, ModelPolicy], label_id: str) -> ModelPolicy:
    """Return the policy that applies to a label: its own, else the one for all labels; an empty one if paused."""
    policy = in_force.get(label_id) or in_force.get(EVERY_LABEL) or ModelPolicy(label_id)
    return ModelPolicy(label_id) if policy.paused else policy
