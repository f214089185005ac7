"""A job over HTTP, as Cloud Scheduler calls it: its logical time, its answer, its errors."""

import json
import logging
from collections.abc import Callable

import pandas as pd
from flask import Request, Response, current_app

from ppa.core.errors import BadInput, NotFound, PpaError
from ppa.jobs.runs import Result, run_job
from ppa.jobs.shards import Shard, parse_shard
from ppa.ops.logs import setup_logs
from ppa.ops.schedule_time import SCHEDULE_TIME, logical_time
from ppa.ops.secrets import redactor
from ppa.ops.settings import load_settings
from ppa.ops.tracing import request_trace, tracing
from ppa.platform import Platform, process_platform

logger = logging.getLogger("ppa.jobs")


class MethodNotAllowed(BadInput):
    """A function was called by another method than POST."""

    status = 405
    code = "method_not_allowed"


Job = Callable[[Platform, pd.Timestamp], Result]
ShardedJob = Callable[[Platform, pd.Timestamp, Shard], Result]


def serve(request: Request, name: str, work: Job) -> Response:
    """Run the job for the time it was scheduled for; a 5xx answer makes Scheduler try again."""
    return _serve(request, name, lambda: (name, work))


def serve_sharded(request: Request, name: str, work: ShardedJob) -> Response:
    """The same for a job whose part `?shard=` names; each part's runs are written down under a name of its own."""

    def part() -> tuple[str, Job]:
        shard = parse_shard(request.args.get("shard"))
        return shard.job(name), lambda platform, due: work(platform, due, shard)

    return _serve(request, name, part)


def _serve(request: Request, name: str, chosen: Callable[[], tuple[str, Job]]) -> Response:
    with tracing(request_trace(request.headers.get)):
        return _served(request, name, chosen)


def _served(request: Request, name: str, chosen: Callable[[], tuple[str, Job]]) -> Response:
    try:
        setup_logs(load_settings())
        _check_request(request, name)
        job, work = chosen()
        platform = current_app.extensions.get("platform") or process_platform()
        due = logical_time(request.headers.get(SCHEDULE_TIME), platform.now())
        result = run_job(platform, job, due, lambda: work(platform, due))
    except PpaError as error:
        return _answer(error.status, {"status": error.status, "code": error.code, "detail": str(error)})
    except Exception:
        logger.exception("job %s failed", name)
        return _answer(
            500, {"status": 500, "code": "internal", "detail": "The job failed; its log says why."}
        )
    return _answer(200, dict(result))


def _check_request(request: Request, name: str) -> None:
    """A function is given every method and every path below its address."""
    if request.method != "POST":
        raise MethodNotAllowed(f"The function {name} is called by POST, not {request.method}.")
    if request.path != "/":
        raise NotFound(f"The function {name} has nothing at {request.path}; call its address itself.")


def _answer(status: int, body: object) -> Response:
    kind = "application/json" if status < 400 else "application/problem+json"
    return Response(json.dumps(_redacted(body)), status, mimetype=kind)


def _redacted(body: object) -> object:
    """As JSON, without what nobody may see: what a source said of its failure may quote the address asked."""
    return redactor(load_settings()).json(body)
