"""Alerts: raised once, stored in an outbox, and sent to a webhook until delivered."""

from ppa.outside.alerts.outbox import Alert, alerts, deliver, raise_alert

__all__ = ["Alert", "alerts", "deliver", "raise_alert"]
