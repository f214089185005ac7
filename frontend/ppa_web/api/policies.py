"""Model policies of a label, and the alerts that follow from them."""

from collections.abc import Mapping, Set
from typing import Annotated

from flask import Blueprint, Response
from msgspec import Meta
from msgspec.structs import asdict

from ppa.core.contracts.changes import PolicyChanges
from ppa.core.contracts.common import ModelId
from ppa.core.contracts.policy import EVERY_LABEL
from ppa.core.contracts.record import Arguments
from ppa.core.errors import BadInput, NotFound
from ppa.core.times import BEGINNING
from ppa.outside.alerts import alerts, deliver, raise_alert
from ppa.outside.alerts.kinds import ALERT_KINDS, TEST
from ppa.outside.alerts.outbox import configured_webhook
from ppa.repository.models import find_model
from ppa.repository.policies import policies as policies_in_force
from ppa.repository.policies import policy_history, remove_policy, set_policy
from ppa_web.api.json_response import json_response
from ppa_web.context import platform, user
from ppa_web.identity import require
from ppa_web.openapi.operation import operation
from ppa_web.responses import policies as shapes

policies = Blueprint("policies", __name__, url_prefix="/api/v1")

MAX_ALERTS_READ = 10_000
PROMOTION = "Only people promote or activate models."


Scope = Annotated[
    str,
    Meta(description="Label, or `*` for all without their own", examples=["btc-touch-24h-200bp-6fe69e"]),
]


class AlertsQuery(Arguments, frozen=True, kw_only=True):
    """Alerts to list."""

    limit: Annotated[int, Meta(ge=1, le=1_000, description="Maximum number of alerts", examples=[100])] = 100


class ModelAlertsQuery(Arguments, frozen=True, kw_only=True):
    """Alerts of a model to list."""

    limit: Annotated[int, Meta(ge=1, le=1_000, description="Maximum number of alerts", examples=[20])] = 20


# the paths under `rules` are the former names of those under `policies`; they are served for one release
@policies.get("/policies")
@policies.get("/rules", endpoint="deprecated_get_rules")
@operation(shapes.Policies)
def get_policies() -> Response:
    """Policies in force, by label or for all other labels (`*`), and the history of every change."""
    in_force = [asdict(policy) for policy in policies_in_force(platform()).values()]
    history = [asdict(policy) for policy in policy_history(platform())]
    return json_response({"rules": in_force, "history": history, "promotion": PROMOTION})


@policies.put("/policies/<scope>")
@policies.put("/rules/<scope>", endpoint="deprecated_put_rule")
@require("editor")
@operation(shapes.Policy, problems=(NotFound,))
def put_policy(scope: Scope, body: PolicyChanges) -> Response:
    """Change the given fields of a label's policy, or of the policy for all labels (`*`); null turns one off."""
    return json_response(asdict(set_policy(platform(), scope, body, user())))


@policies.delete("/policies/<scope>")
@policies.delete("/rules/<scope>", endpoint="deprecated_delete_rule")
@require("editor")
@operation(shapes.Policy, problems=(NotFound,))
def delete_policy(scope: Scope) -> Response:
    """Remove a label's policy, so that the policy for all labels applies to it again; or remove that one (`*`)."""
    return json_response(asdict(remove_policy(platform(), scope, user())))


@policies.get("/models/<model_id>/policies")
@policies.get("/models/<model_id>/rules", endpoint="deprecated_get_model_rules")
@operation(shapes.ModelPolicies, problems=(NotFound,))
def get_model_policies(model_id: ModelId, query: ModelAlertsQuery) -> Response:
    """The policies that concern a model, its label's own and the one for all labels, with its recent alerts."""
    label_id, in_force = find_model(platform(), model_id).label_id, policies_in_force(platform())
    own, every = in_force.get(label_id), in_force.get(EVERY_LABEL)
    recent = _alerts({model_id, label_id}, query.limit)
    return json_response({"label_id": label_id, "own": own, "every": every, **recent})


@policies.get("/alerts")
@operation(shapes.Alerts)
def get_alerts(query: AlertsQuery) -> Response:
    """Alerts, newest first, with their delivery state and the host they are sent to."""
    return json_response({**_alerts(None, query.limit), "kinds": dict(ALERT_KINDS)})


def _alerts(subjects: Set[str] | None, maximum: int) -> Mapping[str, object]:
    """Newest alerts of the given subjects, with the webhook's host or the error in its settings."""
    now = platform().now()
    selected = [
        {**asdict(alert), "state": alert.state(now)}
        for alert in alerts(platform(), BEGINNING, MAX_ALERTS_READ)
        if alert.kind in ALERT_KINDS and (subjects is None or alert.subject in subjects)
    ]
    host, fault = _webhook()
    return {"alerts": selected[:maximum], "webhook": host, "fault": fault}


def _webhook() -> tuple[str | None, str | None]:
    """Host that alerts are sent to, and the error in its settings."""
    try:
        hook = configured_webhook(platform().settings)
    except BadInput as error:
        return None, str(error)
    return (hook.host, None) if hook else (None, None)


@policies.post("/alerts/test")
@require("admin")
@operation(shapes.Delivery)
def post_test() -> Response:
    """Raise a test alert and send all alerts that are due; `error` is the reason if delivery failed."""
    if configured_webhook(platform().settings) is None:
        raise BadInput("No webhook is configured; set PPA_ALERT_URL and PPA_ALERT_SECRET.")
    key = platform().now().isoformat()
    raise_alert(platform(), TEST, user(), key, "This is a test.")
    counts = deliver(platform())
    sent = next(
        a for a in alerts(platform(), BEGINNING, MAX_ALERTS_READ) if a.alert_id == f"{TEST}:{user()}:{key}"
    )
    return json_response({**counts, "error": sent.error if sent.delivered_at is None else None})
