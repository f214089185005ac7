"""Policies for the models of a label."""

from typing import Annotated, ClassVar

from msgspec import Meta

from ppa.core.contracts.record import Time
from ppa.core.contracts.stored import Layout, Stored


class StoredPolicy(Stored, frozen=True, kw_only=True):
    """A model policy of a label; the newest row of a scope is in force."""

    layout: ClassVar = Layout("rules", key=("scope", "at"))

    scope: Annotated[str, Meta(description="Label; * for all labels without a policy of their own")]
    at: Annotated[Time, Meta(description="When it was set")]
    by: Annotated[str, Meta(description="Who set it")]
    expire_after_days: Annotated[
        int | None,
        Meta(
            description="Days after upload at which an active model without an expiry expires; null for never"
        ),
    ] = None
    warn_below_base: Annotated[
        bool | None,
        Meta(description="True to warn if the lower bound of live accuracy falls below the base rate"),
    ] = None
    retrain_estimator: Annotated[
        str | None, Meta(description="Estimator of scheduled challengers; null for none")
    ] = None
    retrain_window_days: Annotated[int | None, Meta(description="Days of history to train and test on")] = (
        None
    )
    retrain_every_days: Annotated[int | None, Meta(description="Days between two trainings")] = None
    paused: Annotated[bool | None, Meta(description="True while the policy is paused")] = None
    removed: Annotated[
        bool | None,
        Meta(description="True if the policy was removed, so that the policy for all labels applies"),
    ] = None
