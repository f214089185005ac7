"""Serve jobs as HTTP functions, in the form in which Cloud Scheduler calls them."""

import json
import logging
from collections.abc import Callable
from functools import partial

from flask import Request, Response, current_app

from ppa.core.errors import BadInput, NotFound, PpaError
from ppa.core.problems import MEDIA_TYPE, internal_problem, problem_json, problem_of
from ppa.jobs.runs import Result, run_job
from ppa.jobs.shards import WHOLE, parse_shard
from ppa.ops.logs import setup_logs
from ppa.ops.schedule_time import SCHEDULE_TIME, logical_time
from ppa.ops.secrets import redactor
from ppa.ops.settings import load_settings
from ppa.ops.tracing import request_trace, tracing
from ppa.platform import process_platform

logger = logging.getLogger("ppa.jobs")

INTERNAL_ERROR = problem_json(internal_problem("The job failed; its log says why."))


class MethodNotAllowed(BadInput):
    """A function was called with a method other than POST."""

    status = 405
    code = "method_not_allowed"


def serve(request: Request, name: str, job: Callable[..., Result], *, sharded: bool = False) -> Response:
    """Run `job(platform, due)` for its scheduled time and return its result as JSON.

    With `sharded`, the query parameter `shard`, such as `2/4`, is passed to the job as `shard`, and the run is
    recorded under the shard's own name. Errors are returned as problem documents; Cloud Scheduler retries after a
    5xx status.
    """
    with tracing(request_trace(request.headers.get)):
        try:
            setup_logs(load_settings())
            _check_request(request, name)
            shard = parse_shard(request.args.get("shard")) if sharded else WHOLE
            platform = current_app.extensions.get("platform") or process_platform()
            due = logical_time(request.headers.get(SCHEDULE_TIME), platform.now())
            work = partial(job, platform, due, **({"shard": shard} if sharded else {}))
            result = run_job(platform, shard.job_name(name), due, work)
        except PpaError as error:
            return _json(error.status, problem_json(problem_of(error)))
        except Exception:
            logger.exception("job %s failed", name)
            return _json(500, INTERNAL_ERROR)
        return _json(200, dict(result))


def _check_request(request: Request, name: str) -> None:
    """Reject other methods and paths, which the platform routes to the function as well."""
    if request.method != "POST":
        raise MethodNotAllowed(f"The function {name} is called by POST, not {request.method}.")
    if request.path != "/":
        raise NotFound(f"The function {name} has nothing at {request.path}; call its address itself.")


def _json(status: int, body: object) -> Response:
    """Return a JSON response without secrets: error messages of providers may quote a URL with a key."""
    kind = "application/json" if status < 400 else MEDIA_TYPE
    return Response(json.dumps(redactor(load_settings()).json(body)), status, mimetype=kind)
