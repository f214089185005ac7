"""Outbox of alerts: each alert is stored once under a unique key and sent until it is delivered.

It is sent before it is marked as delivered: after a crash in between it is sent again, with the same `webhook-id`.
"""

import json
import logging
from collections.abc import Mapping

import pandas as pd

from ppa.core.contracts.alerts import AlertDelivery, StoredAlert
from ppa.core.contracts.record import Time
from ppa.core.errors import BadInput
from ppa.core.times import utc
from ppa.ops.settings import Settings
from ppa.outside.alerts.kinds import ALERT_KINDS
from ppa.outside.alerts.webhook import Webhook, check_address, read_secret
from ppa.platform import Platform
from ppa.storage.arrow import read_records, records_table

logger = logging.getLogger("ppa.alerts")

MAX_SHOWN = 500
MAX_A_RUN = 20
# how long an undelivered alert is retried, and the pauses between attempts
TRIED_FOR = pd.Timedelta(days=3)
FIRST_PAUSE, MAX_PAUSE = pd.Timedelta(minutes=30), pd.Timedelta(hours=6)


class Alert(StoredAlert, frozen=True, kw_only=True):
    """An alert and the state of its delivery; times in UTC."""

    delivered_at: Time | None = None
    attempts: int = 0
    tried_at: Time | None = None
    error: str | None = None

    def body(self) -> bytes:
        """Body of the request, identical at every attempt."""
        data = {"alert_id": self.alert_id, "subject": self.subject, "message": self.message, **self.detail}
        sent = {"type": self.kind, "timestamp": utc(self.at).isoformat(), "data": data}
        return json.dumps(sent, sort_keys=True, default=str).encode()

    def state(self, now: pd.Timestamp) -> str:
        """Delivery state: `delivered`, `waiting` for the next attempt, or `given_up` after TRIED_FOR."""
        if self.delivered_at is not None:
            return "delivered"
        return "given_up" if now - utc(self.at) > TRIED_FOR else "waiting"

    def due(self, now: pd.Timestamp) -> bool:
        """True if the alert is to be sent at `now`."""
        if self.kind not in ALERT_KINDS or self.state(now) != "waiting":
            return False
        pause = min(FIRST_PAUSE * 2 ** max(self.attempts - 1, 0), MAX_PAUSE)
        return self.tried_at is None or now >= utc(self.tried_at) + pause


def raise_alert(
    platform: Platform, kind: str, subject: str, key: str, message: str, **detail: object
) -> bool:
    """Store an alert; return False if one with the same kind, subject and key exists already."""
    alert = StoredAlert(
        alert_id=f"{kind}:{subject}:{key}",
        kind=kind,
        subject=subject,
        at=platform.now(),
        message=message,
        detail=json.loads(json.dumps(detail, sort_keys=True, default=str)),
    )
    return platform.warehouse.merge("alerts", records_table([alert])) == 1


def alerts(platform: Platform, since: pd.Timestamp, maximum: int = MAX_SHOWN) -> list[Alert]:
    """Alerts raised since `since`, newest first."""
    return read_records(Alert, platform.warehouse.query("alerts", since=since, maximum=maximum))


def deliver(platform: Platform, webhook: Webhook | None = None) -> Mapping[str, int]:
    """Send the alerts that are due, oldest first, at most MAX_A_RUN; return the numbers `delivered` and `refused`."""
    hook, counts = webhook or configured_webhook(platform.settings), {"delivered": 0, "refused": 0}
    if hook is None:
        return counts
    now = platform.now()
    waiting = [alert for alert in reversed(alerts(platform, now - TRIED_FOR)) if alert.due(now)]
    for alert in waiting[:MAX_A_RUN]:
        error = hook.send(alert.alert_id, alert.body(), int(now.timestamp()))
        delivery = AlertDelivery(
            alert_id=alert.alert_id, at=platform.now(), delivered=error is None, error=error
        )
        platform.warehouse.merge("alert_deliveries", records_table([delivery]))
        counts["delivered" if error is None else "refused"] += 1
        if error:
            logger.warning("alert %s was not delivered: %s", alert.alert_id, error)
    return counts


def configured_webhook(settings: Settings) -> Webhook | None:
    """Webhook from the settings, or None if no address is set. BadInput if the settings are invalid."""
    if not settings.alert_url:
        return None
    if not settings.alert_secret:
        raise BadInput(
            "PPA_ALERT_URL is set without PPA_ALERT_SECRET. Set both: unsigned alerts are not sent."
        )
    return Webhook(check_address(settings.alert_url), read_secret(settings.alert_secret))
