"""Alerts: raised once, kept in an outbox, and sent to a webhook until it takes them."""

from ppa.outside.alerts.outbox import Alert, alerts, deliver, raise_alert

__all__ = ["Alert", "alerts", "deliver", "raise_alert"]
