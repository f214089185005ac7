"""Schedules: list them, and run, pause or resume their jobs."""

from typing import Annotated

from flask import Blueprint, Response
from msgspec import Meta

from ppa.core.errors import NotFound
from ppa_web.api.json_response import json_response
from ppa_web.context import schedule_manager, user
from ppa_web.identity import require
from ppa_web.openapi.operation import operation
from ppa_web.responses.policies import ScheduleChange, Schedules

Job = Annotated[str, Meta(description="Job", examples=["ingest"])]

schedules = Blueprint("schedules", __name__, url_prefix="/api/v1/schedules")


@schedules.get("")
@operation(Schedules)
def list_schedules() -> Response:
    """Every schedule with its next due time, or who paused it and when."""
    return json_response({"schedules": schedule_manager().schedules()})


@schedules.post("/<job>/run")
@require("admin")
@operation(ScheduleChange, problems=(NotFound,))
def run(job: Job) -> Response:
    """Run the job once, now."""
    return _done(schedule_manager().run(job, user()))


@schedules.post("/<job>/pause")
@require("admin")
@operation(ScheduleChange, problems=(NotFound,))
def pause(job: Job) -> Response:
    """Pause the job until it is resumed."""
    return _done(schedule_manager().pause(job, user()))


@schedules.post("/<job>/resume")
@require("admin")
@operation(ScheduleChange, problems=(NotFound,))
def resume(job: Job) -> Response:
    """Resume the job from its next due time on."""
    return _done(schedule_manager().resume(job, user()))


def _done(sentence: str) -> Response:
    return json_response({"message": sentence, "schedules": schedule_manager().schedules()})
