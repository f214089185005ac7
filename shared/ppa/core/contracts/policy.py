"""Policies for the models of a label."""

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal, TypeAlias, get_args

from msgspec import Meta

from ppa.core.contracts.conversion import normalise
from ppa.core.contracts.problem import WrongField
from ppa.core.contracts.record import Record, Time
from ppa.core.contracts.stored import Layout, Stored
from ppa.core.errors import BadInput

EVERY_LABEL = "*"
Estimator = Literal["logistic", "forest", "boosting"]
ESTIMATORS: tuple[Estimator, ...] = get_args(Estimator)
ExpiryLimit: TypeAlias = Annotated[int, Meta(ge=1, le=3_650)]
WindowLimit: TypeAlias = Annotated[int, Meta(ge=30, le=3_650)]
PauseLimit: TypeAlias = Annotated[int, Meta(ge=1, le=365)]

Scope: TypeAlias = Annotated[
    str, Meta(description="Label; * for all labels without a policy of their own", examples=["*"])
]
SetBy: TypeAlias = Annotated[str, Meta(description="Who set it")]
ExpireAfterDays: TypeAlias = Annotated[
    ExpiryLimit | None,
    Meta(description="Days after upload at which an active model without an expiry expires; null for never"),
]
WarnBelowBase: TypeAlias = Annotated[
    bool | None,
    Meta(description="True to warn if the lower bound of live accuracy falls below the base rate"),
]
RetrainEstimator: TypeAlias = Annotated[
    Estimator | None, Meta(description="Estimator of scheduled challengers; null for none")
]
RetrainWindowDays: TypeAlias = Annotated[
    WindowLimit | None,
    Meta(description="Days of history to train and test on"),
]
RetrainEveryDays: TypeAlias = Annotated[PauseLimit | None, Meta(description="Days between two trainings")]
Paused: TypeAlias = Annotated[bool | None, Meta(description="True while the policy is paused")]
Removed: TypeAlias = Annotated[
    bool | None,
    Meta(description="True if the policy was removed, so that the policy for all labels applies"),
]


class StoredPolicy(Stored, frozen=True, kw_only=True):
    """A model policy of a label; the newest row of a scope is in force."""

    layout: ClassVar = Layout("rules", key=("scope", "at"))

    scope: Scope
    at: Annotated[Time, Meta(description="When it was set")]
    by: SetBy
    expire_after_days: ExpireAfterDays = None
    warn_below_base: WarnBelowBase = None
    retrain_estimator: RetrainEstimator = None
    retrain_window_days: RetrainWindowDays = None
    retrain_every_days: RetrainEveryDays = None
    paused: Paused = None
    removed: Removed = None


class ModelPolicy(Record, frozen=True):
    """Policy of one label, or of all labels without their own (scope `*`). Everything is off by default.

    Raises BadInput with all wrong fields, or for an incomplete retraining schedule.
    """

    scope: Scope
    expire_after_days: ExpireAfterDays = None
    warn_below_base: WarnBelowBase = None
    retrain_estimator: RetrainEstimator = None
    retrain_window_days: RetrainWindowDays = None
    retrain_every_days: RetrainEveryDays = None
    by: SetBy = ""
    at: Annotated[Time | None, Meta(description="When it was set; null for an empty policy")] = None
    paused: Paused = None
    removed: Removed = None

    def __post_init__(self) -> None:
        """Check all fields."""
        normalise(self, BadInput)

    @property
    def retrains(self) -> bool:
        """True if challengers are trained on a schedule."""
        return not self.paused and self.retrain_estimator is not None

    def conflicts(self) -> Iterator[WrongField]:
        """Yield a retraining schedule that is incomplete, or set for all labels."""
        schedule = {
            "retrain_estimator": self.retrain_estimator,
            "retrain_window_days": self.retrain_window_days,
            "retrain_every_days": self.retrain_every_days,
        }
        missing = [name for name, value in schedule.items() if value is None]
        if missing and len(missing) < len(schedule):
            for name in missing:
                remedy = f"Give {', '.join(schedule)}, or null for all of them."
                yield WrongField(name, f"{name} is missing.", remedy)
        elif not missing and self.scope == EVERY_LABEL:
            yield WrongField(
                "retrain_estimator",
                f"retrain_estimator is {self.retrain_estimator!r} for all labels.",
                "Set retraining for one label at a time; name the label.",
            )
