"""Policies, alerts, schedules and MLflow."""

from typing import Annotated, Any

from msgspec import Meta

from ppa.core.contracts.common import LabelId
from ppa_web.responses.shape import Address, Count, Moment, Person, Sentence, Shape

Days = Annotated[int, Meta(ge=1, examples=[90])]


class Policy(Shape, frozen=True, kw_only=True):
    """Automation of the models of a label."""

    scope: Annotated[
        str,
        Meta(description="Label, or `*` for all without their own", examples=["btc-touch-24h-200bp-6fe69e"]),
    ]
    expire_after_days: Annotated[Days | None, Meta(description="Days after which active models expire")]
    warn_below_base: Annotated[bool | None, Meta(description="True to warn below the base rate")]
    retrain_estimator: Annotated[
        str | None, Meta(description="Estimator of challengers", examples=["logistic"])
    ]
    retrain_window_days: Annotated[Days | None, Meta(description="Days that challengers are trained on")]
    retrain_every_days: Annotated[Days | None, Meta(description="Days between two challengers")]
    by: Annotated[Person, Meta(description="User who set it")]
    at: Annotated[Moment | None, Meta(description="Time it was set")]
    paused: Annotated[bool | None, Meta(description="True while it is paused")]
    removed: Annotated[bool | None, Meta(description="True once it was removed")]


class Policies(Shape, frozen=True, kw_only=True):
    """Policies in force, and all that ever were."""

    rules: Annotated[list[Policy], Meta(description="Policies in force")]
    history: Annotated[list[Policy], Meta(description="Every change, by label, oldest first")]
    promotion: Annotated[
        str,
        Meta(description="What no policy does", examples=["Only people promote or activate models."]),
    ]


class Alert(Shape, frozen=True, kw_only=True):
    """An alert and the state of its delivery."""

    alert_id: Annotated[
        str, Meta(description="Identifier", examples=["model_expired:my-model-v1:2026-03-01"])
    ]
    kind: Annotated[str, Meta(description="Kind", examples=["model_expired"])]
    subject: Annotated[str, Meta(description="Model or label", examples=["my-model-v1"])]
    at: Annotated[Moment, Meta(description="Time it was raised")]
    message: Annotated[str, Meta(description="In words", examples=["my-model-v1 has expired."])]
    detail: Annotated[
        dict[str, Any], Meta(description="Figures", examples=[{"label_id": "btc-touch-24h-200bp-6fe69e"}])
    ]
    delivered_at: Annotated[Moment | None, Meta(description="Time it was delivered")]
    attempts: Annotated[Count, Meta(description="Attempts to deliver it")]
    tried_at: Annotated[Moment | None, Meta(description="Time of the last attempt")]
    error: Annotated[Sentence | None, Meta(description="Last error")]
    state: Annotated[str, Meta(description="delivered, waiting or given_up", examples=["delivered"])]


class RecentAlerts(Shape, frozen=True, kw_only=True):
    """Alerts, and where they go."""

    alerts: Annotated[list[Alert], Meta(description="Alerts, newest first")]
    webhook: Annotated[
        str | None, Meta(description="Host that they are sent to", examples=["hooks.example.com"])
    ]
    fault: Annotated[Sentence | None, Meta(description="Error in its settings")]


class Alerts(RecentAlerts, frozen=True, kw_only=True):
    """Alerts, where they go, and the kinds there are."""

    kinds: Annotated[
        dict[str, str],
        Meta(description="Kinds in words", examples=[{"test": "A test alert was requested."}]),
    ]


class ModelPolicies(RecentAlerts, frozen=True, kw_only=True):
    """Policies that concern a model, with its alerts."""

    label_id: Annotated[LabelId, Meta(description="Label of the model")]
    own: Annotated[Policy | None, Meta(description="Policy of the label")]
    every: Annotated[Policy | None, Meta(description="Policy of all labels without their own")]


class Delivery(Shape, frozen=True, kw_only=True):
    """Outcome of a test alert."""

    delivered: Annotated[Count, Meta(description="Alerts delivered")]
    refused: Annotated[Count, Meta(description="Alerts that were refused")]
    error: Annotated[Sentence | None, Meta(description="Why the test was not delivered")]


class Schedule(Shape, frozen=True, kw_only=True):
    """A schedule: when its job is due, and who paused or ran it."""

    job: Annotated[str, Meta(description="Job", examples=["predict"])]
    cron: Annotated[str, Meta(description="Cron expression, UTC", examples=["7 * * * *"])]
    description: Annotated[str, Meta(description="What the job does", examples=["Fetch what is due"])]
    paused: Annotated[bool, Meta(description="True while it is paused")]
    by: Annotated[Person | None, Meta(description="User who paused it in the app")]
    since: Annotated[Moment | None, Meta(description="Time of that pause")]
    next: Annotated[Moment | None, Meta(description="Next due time")]
    run_by: Annotated[Person | None, Meta(description="User of the last manual run")]
    run_at: Annotated[Moment | None, Meta(description="Time of the last manual run")]


class Schedules(Shape, frozen=True, kw_only=True):
    """Schedules."""

    schedules: Annotated[list[Schedule], Meta(description="Schedules")]


class ScheduleChange(Schedules, frozen=True, kw_only=True):
    """Message on a change of a schedule, with all schedules as they are now."""

    message: Annotated[str, Meta(description="In words", examples=["predict is paused."])]


class Mlflow(Shape, frozen=True, kw_only=True):
    """MLflow, and the models that it lacks."""

    url: Annotated[Address | None, Meta(description="Its address; null without one")]
    logged: Annotated[Count, Meta(description="Models logged")]
    pending: Annotated[
        dict[str, str | None],
        Meta(description="Last error by pending model", examples=[{"my-model-v1": None}]),
    ]
