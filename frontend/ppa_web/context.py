"""Objects available to every request and template: the platform, the user and the data note."""

from collections.abc import Mapping
from importlib.metadata import version
from typing import cast

from flask import Flask, current_app

from ppa.core.features.rows import last_closed_hour
from ppa.outside.scheduling import ScheduleManager
from ppa.outside.tracking.outbox import Outbox
from ppa.platform import Platform
from ppa.reports.status import data_note, status
from ppa_web.identity import person


def platform() -> Platform:
    """Platform of the app that serves this request."""
    return cast(Platform, current_app.extensions["platform"])


def user() -> str:
    """User of this request, as recorded with changes."""
    return person().email


def schedule_manager() -> ScheduleManager:
    """Schedule manager of the app."""
    return cast(ScheduleManager, current_app.extensions["schedule_manager"])


def outbox() -> Outbox:
    """Outbox that logs models to MLflow."""
    return cast(Outbox, current_app.extensions["outbox"])


def current_status() -> Mapping[str, object]:
    """Status of the platform, as shown by System info."""
    return status(platform(), schedule_manager())


def init_context(app: Flask) -> None:
    """Add the data note and the versions to every template."""

    @app.context_processor
    def _common() -> dict[str, object]:
        note = data_note(platform())
        return {
            "data_source": {"kind": note["source"], "note": note["source_note"]},
            "catalogue": platform().catalogue,
            "now": platform().now(),
            "version": version("price-prediction-app"),
            "last_closed_hour": last_closed_hour(platform().now(), platform().catalogue),
        }
