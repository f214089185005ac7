"""The function `cap`."""

import json
import logging

import functions_framework
from flask import Request, Response

from ppa.core.errors import BadInput
from ppa.jobs.cap import pause_all, read_spend
from ppa.ops.logs import setup_logs
from ppa.ops.settings import load_settings

logger = logging.getLogger("ppa.jobs")


@functions_framework.http
def cap(request: Request) -> Response:
    """Pause every schedule once the month's budget is spent; a 5xx answer makes Pub/Sub try again."""
    settings = load_settings()
    setup_logs(settings)
    try:
        spend = read_spend(request.get_json(silent=True))
    except BadInput as error:
        logger.exception("a message could not be read")
        return _answer(error.status, {"status": error.status, "code": error.code, "detail": str(error)})
    if not spend.reaches(settings.budget_cap):
        return _answer(200, {"spend": str(spend), "paused": []})
    from google.cloud.scheduler_v1 import CloudSchedulerClient

    paused = pause_all(CloudSchedulerClient(), settings.schedules)
    fields = {"event": "schedules_paused", "paused": paused}
    logger.warning("%s, so the schedules are paused", spend, extra={"fields": fields})
    return _answer(200, {"spend": str(spend), "paused": paused})


def _answer(status: int, body: object) -> Response:
    kind = "application/json" if status < 400 else "application/problem+json"
    return Response(json.dumps(body), status, mimetype=kind)
