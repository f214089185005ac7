"""Rules about the models of a label, and the alerts that follow from them."""

from dataclasses import asdict

from flask import Blueprint, Response

from frontend.api.arguments import body, whole_number
from frontend.api.encoding import answer
from frontend.context import platform, user
from frontend.identity import require
from shared.alerts import alerts, deliver, raise_alert
from shared.alerts.kinds import SENT, TEST
from shared.alerts.outbox import webhook_of
from shared.errors import BadInput
from shared.frames import BEGINNING
from shared.models.rules import rule_history, set_rule
from shared.models.rules import rules as present

rules = Blueprint("rules", __name__, url_prefix="/api/v1")

PROMOTION = "A champion is only ever made by a person, and a model only ever activated by one."


@rules.get("/rules")
def get_rules() -> Response:
    """The rule of each label that has one, and of all others (`*`); and every rule ever set."""
    known = [asdict(rule) for rule in present(platform()).values()]
    history = [asdict(rule) for rule in rule_history(platform())]
    return answer({"rules": known, "history": history, "promotion": PROMOTION})


@rules.put("/rules/<scope>")
@require("editor")
def put_rule(scope: str) -> Response:
    """Change some of a label's rule, or of the one for every label (`*`); null turns a part off."""
    return answer(asdict(set_rule(platform(), scope, body(), user())))


@rules.get("/alerts")
def get_alerts() -> Response:
    """Alerts, newest first, with how their delivery went, and the host that they are sent to."""
    found = alerts(platform(), BEGINNING, whole_number("limit", 100, 1, 1_000))
    hook = webhook_of(platform().settings)
    shown = [asdict(alert) for alert in found if alert.kind in SENT]
    return answer({"alerts": shown, "webhook": hook.host if hook else None, "kinds": dict(SENT)})


@rules.post("/alerts/test")
@require("admin")
def post_test() -> Response:
    """Raise an alert that says it is a test, and send what is due."""
    if webhook_of(platform().settings) is None:
        raise BadInput("No webhook is set: set PPA_ALERT_URL and PPA_ALERT_SECRET.")
    raise_alert(platform(), TEST, user(), platform().now().isoformat(), "This is a test.")
    return answer(deliver(platform()))
