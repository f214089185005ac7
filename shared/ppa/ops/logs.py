"""Logging: one JSON line per event for Cloud Logging in the cloud, plain text for warnings and errors locally.

Field names follow https://cloud.google.com/logging/docs/structured-logging. Secrets are redacted in both formats.
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

# set by Cloud Run and Cloud Functions
CLOUD_SERVICE = "K_SERVICE"
EXECUTION_HEADER = "Function-Execution-Id"


def setup_logs(settings: Settings, environ: Mapping[str, str] = os.environ) -> None:
    """Configure the root logger: JSON to stdout in the cloud, plain text to stderr locally. Idempotent."""
    root, redact = logging.getLogger(), redactor(settings)
    if any(isinstance(handler, _Handler) for handler in root.handlers):
        return
    if CLOUD_SERVICE in environ or environ.get("PPA_LOGS") == "json":
        # the framework's own handlers would write each event twice
        root.handlers[:] = [_Handler("stdout", JsonLines(redact, _project(settings)))]
        logging.getLogger("ppa").setLevel(logging.INFO)
    else:
        root.addHandler(_Handler("stderr", PlainWords(redact), logging.WARNING))


class PlainWords(logging.Formatter):
    """Formats an event as `warning: coinbase did not respond`, with its traceback if there is one."""

    def __init__(self, redactor: Redactor) -> None:
        super().__init__("%(message)s")
        self._redactor = redactor

    def format(self, record: logging.LogRecord) -> str:
        """Format the event as text."""
        return self._redactor.text(f"{record.levelname.lower()}: {super().format(record)}")


class JsonLines(logging.Formatter):
    """Formats an event as one line of JSON; `extra={"fields": {...}}` adds fields, used by alerts and metrics."""

    def __init__(self, redactor: Redactor, project: str | None) -> None:
        super().__init__("%(message)s")
        self._redactor, self._project = redactor, project

    def format(self, record: logging.LogRecord) -> str:
        """Format the event for Cloud Logging."""
        entry = {
            **getattr(record, "fields", {}),
            **self._request(),
            "severity": record.levelname,
            "logger": record.name,
            "message": super().format(record),
        }
        return json.dumps(self._redactor.json(entry), allow_nan=False)

    def _request(self) -> Mapping[str, object]:
        """Fields that relate the event to its request."""
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
    """Google Cloud project of the warehouse, which logs and traces belong to."""
    address = split_address(settings.warehouse)
    return address.netloc if address.scheme == "bigquery" else None


class _Handler(logging.StreamHandler[TextIO]):
    """Writes to the current stdout or stderr, which the framework and tests replace."""

    def __init__(self, name: str, formatter: logging.Formatter, level: int = logging.NOTSET) -> None:
        logging.Handler.__init__(self, level)
        self._name_of_stream = name
        self.setFormatter(formatter)

    @property
    def stream(self) -> TextIO:
        """Current stream."""
        stream: TextIO = getattr(sys, self._name_of_stream)
        return stream

    @stream.setter
    def stream(self, stream: TextIO) -> None:
        """Ignore the assignment made by the base class."""
