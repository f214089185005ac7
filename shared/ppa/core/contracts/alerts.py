"""Alerts, and attempts to deliver them."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from msgspec import Meta

from ppa.core.contracts.record import Time
from ppa.core.contracts.stored import Layout, Stored


class StoredAlert(Stored, frozen=True, kw_only=True):
    """An alert."""

    layout: ClassVar = Layout("alerts", key=("alert_id",))

    alert_id: Annotated[str, Meta(description="Id of the alert; the idempotency key of its delivery")]
    kind: Annotated[str, Meta(description="One of shared/ppa/outside/alerts/kinds.py")]
    subject: Annotated[str, Meta(description="Model or label concerned")]
    at: Annotated[Time, Meta(description="When it was raised")]
    message: Annotated[str, Meta(description="Message")]
    detail: Annotated[Mapping[str, Any], Meta(description="Details, as a JSON object")]


class AlertDelivery(Stored, frozen=True, kw_only=True):
    """An attempt to send an alert to the webhook."""

    layout: ClassVar = Layout("alert_deliveries", key=("alert_id", "at"))

    alert_id: Annotated[str, Meta(description="Alert")]
    at: Annotated[Time, Meta(description="When it was sent")]
    delivered: Annotated[bool, Meta(description="True if the receiver accepted it")]
    error: Annotated[str | None, Meta(description="Error message if it was not")] = None
