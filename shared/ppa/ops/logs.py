"""Logs: in the cloud one JSON line an event, as Cloud Logging reads them; at home plain words for what went wrong.

The names of the fields are from https://cloud.google.com/logging/docs/structured-logging. Whatever is logged, and
wherever, the values of provider keys never appear.
"""

import json
import logging
import os
import sys
from collections.abc import Mapping
from typing import TextIO

from flask import has_request_context, request

from ppa.ops.addresses import split_address
from ppa.ops.secrets import Redactor, redactor
from ppa.ops.settings import Settings
from ppa.ops.tracing import current_trace

# where Cloud Run and Cloud Functions say which service this is
IN_THE_CLOUD = "K_SERVICE"
EXECUTION_HEADER = "Function-Execution-Id"


def setup_logs(settings: Settings, environ: Mapping[str, str] = os.environ) -> None:
    """Send everything that is logged to one place: stdout as JSON in the cloud, stderr in words at home. Idempotent."""
    root, redact = logging.getLogger(), redactor(settings)
    if any(isinstance(handler, _Handler) for handler in root.handlers):
        return
    if IN_THE_CLOUD in environ or environ.get("PPA_LOGS") == "json":
        # the framework's own handlers would write everything a second time
        root.handlers[:] = [_Handler("stdout", JsonLines(redact, _project(settings)))]
        logging.getLogger("ppa").setLevel(logging.INFO)
    else:
        root.addHandler(_Handler("stderr", PlainWords(redact), logging.WARNING))


class PlainWords(logging.Formatter):
    """`warning: coinbase did not answer`, and the traceback where there is one."""

    def __init__(self, redactor: Redactor) -> None:
        super().__init__("%(message)s")
        self._redactor = redactor

    def format(self, record: logging.LogRecord) -> str:
        """A line for a person."""
        return self._redactor.text(f"{record.levelname.lower()}: {super().format(record)}")


class JsonLines(logging.Formatter):
    """One JSON object a line; `extra={"fields": {...}}` become fields of it, under which alerts and metrics look."""

    def __init__(self, redactor: Redactor, project: str | None) -> None:
        super().__init__("%(message)s")
        self._redactor, self._project = redactor, project

    def format(self, record: logging.LogRecord) -> str:
        """A line for Cloud Logging."""
        entry = {
            **getattr(record, "fields", {}),
            **self._request(),
            "severity": record.levelname,
            "logger": record.name,
            "message": super().format(record),
        }
        return json.dumps(self._redactor.json(entry), allow_nan=False)

    def _request(self) -> Mapping[str, object]:
        """What ties a line to the request that it was written for."""
        trace = current_trace()
        execution = request.headers.get(EXECUTION_HEADER) if has_request_context() else None
        return (
            ({"trace": trace} if trace else {})
            | (
                {"logging.googleapis.com/trace": f"projects/{self._project}/traces/{trace}"}
                if trace and self._project
                else {}
            )
            | ({"logging.googleapis.com/labels": {"execution_id": execution}} if execution else {})
        )


def _project(settings: Settings) -> str | None:
    """The project that logs and traces belong to: the one that holds the warehouse."""
    address = split_address(settings.warehouse)
    return address.netloc if address.scheme == "bigquery" else None


class _Handler(logging.StreamHandler[TextIO]):
    """Writes to stdout or stderr as it is at that moment: the framework and tests put others in its place."""

    def __init__(self, name: str, formatter: logging.Formatter, level: int = logging.NOTSET) -> None:
        logging.Handler.__init__(self, level)
        self._name_of_stream = name
        self.setFormatter(formatter)

    @property
    def stream(self) -> TextIO:
        """The present stream."""
        found: TextIO = getattr(sys, self._name_of_stream)
        return found

    @stream.setter
    def stream(self, stream: TextIO) -> None:
        """It cannot be another."""
