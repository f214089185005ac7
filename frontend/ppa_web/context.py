"""What every request and template has: the platform, the user, the note on where the data comes from."""

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
    """The platform behind the app that serves this request."""
    return cast(Platform, current_app.extensions["platform"])


def user() -> str:
    """Who makes this request, as it is written beside what they change."""
    return person().email


def schedule_manager() -> ScheduleManager:
    """The schedule_manager of the schedules."""
    return cast(ScheduleManager, current_app.extensions["schedule_manager"])


def outbox() -> Outbox:
    """What tells MLflow of models."""
    return cast(Outbox, current_app.extensions["outbox"])


def current_status() -> Mapping[str, object]:
    """Everything that System info shows."""
    return status(platform(), schedule_manager())


def init_context(app: Flask) -> None:
    """Give every template the data note and the versions."""

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
