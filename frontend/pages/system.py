"""System info: freshness, job runs, schedules, problems, versions."""

from flask import Blueprint, Response

from frontend.pages.rendering import page

system = Blueprint("system", __name__)


@system.get("/system")
def show() -> Response:
    """`/system`."""
    return page("system.html")
