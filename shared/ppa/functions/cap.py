"""The HTTP function `cap`, called by Pub/Sub with the budget's notifications."""

import json
import logging

import functions_framework
from flask import Request, Response

from ppa.core.errors import BadInput
from ppa.core.problems import MEDIA_TYPE, problem_json, problem_of
from ppa.jobs.cap import pause_all, read_spend
from ppa.ops.logs import setup_logs
from ppa.ops.settings import load_settings

logger = logging.getLogger("ppa.jobs")


@functions_framework.http
def cap(request: Request) -> Response:
    """Pause every schedule once the month's budget is spent; Pub/Sub retries after a 5xx status."""
    settings = load_settings()
    setup_logs(settings)
    try:
        spend = read_spend(request.get_json(silent=True))
    except BadInput as error:
        logger.exception("a message could not be read")
        return _json(error.status, problem_json(problem_of(error)))
    if not spend.reaches(settings.budget_cap):
        return _json(200, {"spend": str(spend), "paused": []})
    from google.cloud.scheduler_v1 import CloudSchedulerClient

    paused = pause_all(CloudSchedulerClient(), settings.schedules)
    fields = {"event": "schedules_paused", "paused": paused}
    logger.warning("%s, so the schedules are paused", spend, extra={"fields": fields})
    return _json(200, {"spend": str(spend), "paused": paused})


def _json(status: int, body: object) -> Response:
    kind = "application/json" if status < 400 else MEDIA_TYPE
    return Response(json.dumps(body), status, mimetype=kind)
