"""Rules about the models of a label, and the alerts that follow from them."""

from collections.abc import Mapping, Set
from dataclasses import asdict

from flask import Blueprint, Response

from ppa.core.errors import BadInput
from ppa.core.times import BEGINNING
from ppa.outside.alerts import alerts, deliver, raise_alert
from ppa.outside.alerts.kinds import SENT, TEST
from ppa.outside.alerts.outbox import webhook_of
from ppa.repository.models import find_model
from ppa.repository.policies import EVERY_LABEL, policy_history, remove_policy, set_policy
from ppa.repository.policies import policies as present
from ppa_web.api.json_response import json_response
from ppa_web.api.request_args import body, whole_number
from ppa_web.context import platform, user
from ppa_web.identity import require

policies = Blueprint("rules", __name__, url_prefix="/api/v1")

MAX_LOOKED_AT = 10_000
PROMOTION = "A champion is only ever made by a person, and a model only ever activated by one."


@policies.get("/rules")
def get_rules() -> Response:
    """The rule of each label that has one, and of all others (`*`); and every rule ever set."""
    known = [asdict(rule) for rule in present(platform()).values()]
    history = [asdict(rule) for rule in policy_history(platform())]
    return json_response({"rules": known, "history": history, "promotion": PROMOTION})


@policies.put("/rules/<scope>")
@require("editor")
def put_rule(scope: str) -> Response:
    """Change some of a label's rule, or of the one for every label (`*`); null turns a part off."""
    return json_response(asdict(set_policy(platform(), scope, body(), user())))


@policies.delete("/rules/<scope>")
@require("editor")
def delete_rule(scope: str) -> Response:
    """Take a label's rule away, so that the one for every label holds for it again; or that one (`*`)."""
    return json_response(asdict(remove_policy(platform(), scope, user())))


@policies.get("/models/<model_id>/rules")
def get_model_rules(model_id: str) -> Response:
    """What holds for a model: its label's own rule and the one for every label; and what was said of both lately."""
    label_id, known = str(find_model(platform(), model_id).row["label_id"]), present(platform())
    own, every = known.get(label_id), known.get(EVERY_LABEL)
    told = _alerts({model_id, label_id}, whole_number("limit", 20, 1, 1_000))
    return json_response({"label_id": label_id, "own": own, "every": every, **told})


@policies.get("/alerts")
def get_alerts() -> Response:
    """Alerts, newest first, with how their delivery went, and the host that they are sent to."""
    return json_response({**_alerts(None, whole_number("limit", 100, 1, 1_000)), "kinds": dict(SENT)})


def _alerts(subjects: Set[str] | None, maximum: int) -> Mapping[str, object]:
    """The newest alerts of some subjects, and where alerts go: the webhook's host, or why there is none."""
    now = platform().now()
    found = [
        {**asdict(alert), "state": alert.state(now)}
        for alert in alerts(platform(), BEGINNING, MAX_LOOKED_AT)
        if alert.kind in SENT and (subjects is None or alert.subject in subjects)
    ]
    host, fault = _webhook()
    return {"alerts": found[:maximum], "webhook": host, "fault": fault}


def _webhook() -> tuple[str | None, str | None]:
    """The host that alerts are sent to, and what is wrong with the settings of it."""
    try:
        hook = webhook_of(platform().settings)
    except BadInput as error:
        return None, str(error)
    return (hook.host, None) if hook else (None, None)


@policies.post("/alerts/test")
@require("admin")
def post_test() -> Response:
    """Raise an alert that says it is a test, and send what is due; `error` is why the test was not taken."""
    if webhook_of(platform().settings) is None:
        raise BadInput("No webhook is set: set PPA_ALERT_URL and PPA_ALERT_SECRET.")
    key = platform().now().isoformat()
    raise_alert(platform(), TEST, user(), key, "This is a test.")
    counts = deliver(platform())
    sent = next(
        a for a in alerts(platform(), BEGINNING, MAX_LOOKED_AT) if a.alert_id == f"{TEST}:{user()}:{key}"
    )
    return json_response({**counts, "error": sent.error if sent.delivered_at is None else None})
