"""Run the HTTP functions inside the app's process, on the platform it has open."""

from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any

from flask import Flask

from ppa.ops.tracing import trace_headers
from ppa.outside.scheduling.calls import FunctionCall, scheduler_headers
from ppa.outside.scheduling.schedules import Schedule
from ppa.platform import Platform

NAMES = ("ingest", "predict", "backfill")


def local_function(name: str, platform: Platform) -> Flask:
    """Return the function as functions-framework serves it, using `platform` instead of opening its own."""
    import functions_framework  # only at home: the web service in the cloud calls none in its process

    source = files("ppa.functions") / f"{name}.py"
    app: Flask = functions_framework.create_app(name, str(source))  # type: ignore[no-untyped-call]
    app.extensions["platform"] = platform
    return app


def function_caller(platform: Platform) -> FunctionCall:
    """Return a caller that calls functions as Cloud Scheduler does, for the full minute of `due`, without a socket."""
    app = cache(lambda name: local_function(name, platform))

    def call(schedule: Schedule, due: datetime) -> Any:
        headers = scheduler_headers(schedule.job, due.replace(second=0)) | trace_headers()
        return app(schedule.function).test_client().post(f"/?{schedule.query}", headers=headers)

    return call
