"""Logs: in the cloud one JSON line an event, as Cloud Logging reads them; at home plain words for what went wrong.

The names of the fields are from https://cloud.google.com/logging/docs/structured-logging. Whatever is logged, and
wherever, the values of provider keys never appear.
"""

import json
import logging
import math
import os
import re
import sys
from collections.abc import Iterable, Mapping
from numbers import Integral, Real
from typing import TextIO
from urllib.parse import quote, quote_plus, urlsplit

from flask import has_request_context, request

from shared.settings import Settings

REDACTED = "[redacted]"
# where Cloud Run and Cloud Functions say which service this is
IN_THE_CLOUD = "K_SERVICE"
TRACE_HEADER, EXECUTION_HEADER = "X-Cloud-Trace-Context", "Function-Execution-Id"
TRACE = re.compile(r"([0-9a-f]{32})(?![0-9a-f])")

Json = str | int | float | bool | None | list["Json"] | dict[str, "Json"]


def setup_logs(settings: Settings, environ: Mapping[str, str] = os.environ) -> None:
    """Send everything that is logged to one place: stdout as JSON in the cloud, stderr in words at home. Idempotent."""
    root, redactor = logging.getLogger(), Redactor(settings.keys.values())
    if any(isinstance(handler, _Handler) for handler in root.handlers):
        return
    if IN_THE_CLOUD in environ:
        # the framework's own handlers would write everything a second time
        root.handlers[:] = [_Handler("stdout", JsonLines(redactor, _project(settings)))]
        logging.getLogger("ppa").setLevel(logging.INFO)
    else:
        root.addHandler(_Handler("stderr", PlainWords(redactor), logging.WARNING))


class Redactor:
    """Blots out secrets, also as they are spelt in an address."""

    def __init__(self, secrets: Iterable[str]) -> None:
        spelt = {form for s in secrets if s for form in (s, quote(s, safe=""), quote_plus(s))}
        longest_first = sorted(spelt, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, longest_first)) or r"(?!)")

    def text(self, text: str) -> str:
        """The text without secrets."""
        return self._pattern.sub(REDACTED, text)

    def json(self, value: object) -> Json:
        """Any value as JSON without secrets; what JSON has no form for becomes text."""
        match value:
            case None | bool():
                return value
            case Integral():
                return int(value)
            case Real() if math.isfinite(value):
                return float(value)
            case Mapping():
                return {self.text(str(key)): self.json(item) for key, item in value.items()}
            case list() | tuple():
                return [self.json(item) for item in value]
        return self.text(str(value))


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
        if not has_request_context():
            return {}
        trace = trace_name(request.headers.get(TRACE_HEADER, ""), self._project)
        execution = request.headers.get(EXECUTION_HEADER)
        return ({"logging.googleapis.com/trace": trace} if trace else {}) | (
            {"logging.googleapis.com/labels": {"execution_id": execution}} if execution else {}
        )


def trace_name(header: str, project: str | None) -> str | None:
    """The trace's full name, from `X-Cloud-Trace-Context: <32 hex digits>/<span>;o=1`; None where there is none."""
    found = TRACE.match(header)
    return f"projects/{project}/traces/{found[1]}" if found and project else None


def _project(settings: Settings) -> str | None:
    """The project that logs and traces belong to: the one that holds the warehouse."""
    address = urlsplit(settings.warehouse)
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
