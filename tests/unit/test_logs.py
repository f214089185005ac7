"""Logging, in separate processes and in Flask's request context."""

import json
import logging
import os
import re
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from ppa.ops.logs import JsonLines, PlainWords
from ppa.ops.secrets import REDACTED, Redactor
from ppa.ops.tracing import request_trace, tracing

TRACE = "105445aa7843bc8bf206b12000100000"
# starts with a letter that occurs in no number
KEYS = st.text("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+/=-_ ", min_size=12).map(
    lambda key: f"k{key}"
)
NESTED = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)
LOGGING = """
import logging
from ppa.ops.logs import setup_logs
from ppa.ops.settings import load_settings
setup_logs(load_settings())
setup_logs(load_settings())
logger = logging.getLogger("ppa.jobs")
logger.info("job %s ok", "ingest", extra={"fields": {"event": "done", "rows": 3}})
logging.getLogger("ppa.modelfiles.sandbox").warning("slow: %s", "key=polygon-key-1")
try:
    raise ValueError("the address was https://example.com/?apiKey=polygon-key-1")
except ValueError:
    logger.exception("job %s failed", "ingest")
"""


def logged(**environ: str) -> subprocess.CompletedProcess[str]:
    """Output of the program above."""
    environ = {**os.environ, "PPA_POLYGON_API_KEY": "polygon-key-1", **environ}
    return subprocess.run(
        [sys.executable, "-c", LOGGING], env=environ, capture_output=True, text=True, check=True
    )


def record(message: str = "said", *, level: int = logging.INFO, fields: object = None) -> logging.LogRecord:
    built = logging.LogRecord("ppa.jobs", level, "", 0, message, (), None)
    if fields is not None:
        built.fields = fields
    return built


def test_in_the_cloud_every_event_is_one_line_of_json_on_stdout() -> None:
    output = logged(K_SERVICE="ppa-ingest")
    done, slow, failed = map(json.loads, output.stdout.splitlines())
    assert (done["severity"], done["message"]) == ("INFO", "job ingest ok")
    assert (done["event"], done["rows"]) == ("done", 3)
    assert (slow["severity"], slow["logger"]) == ("WARNING", "ppa.modelfiles.sandbox")
    assert failed["severity"] == "ERROR"
    assert failed["message"].startswith("job ingest failed\nTraceback (most recent call last):")
    assert "ValueError" in failed["message"]
    assert output.stderr == ""


def test_at_home_only_what_went_wrong_is_said_in_words_on_stderr() -> None:
    output = logged()
    assert output.stdout == ""
    assert output.stderr.splitlines()[:2] == [f"warning: slow: key={REDACTED}", "error: job ingest failed"]


@pytest.mark.parametrize("place", [{}, {"K_SERVICE": "ppa-ingest"}])
def test_a_key_is_not_even_in_a_traceback(place: dict[str, str]) -> None:
    output = logged(**place)
    assert "polygon-key-1" not in output.stdout + output.stderr
    assert f"apiKey={REDACTED}" in output.stdout + output.stderr


@given(KEYS, st.text(), st.text(), NESTED)
def test_no_key_is_ever_in_a_line(key: str, before: str, after: str, other: object) -> None:
    printed = f"{before}{key}{after}"
    line = JsonLines(Redactor([key]), None).format(
        record(printed, fields={printed: [printed, other], "o": other})
    )
    assert "\n" not in line
    assert key not in line
    assert json.loads(line)["severity"] == "INFO"
    assert key not in PlainWords(Redactor([key])).format(record(printed))


def test_a_key_is_found_as_an_address_spells_it() -> None:
    redactor = Redactor(["a key/with+signs=="])
    for spelt in ("a key/with+signs==", "a%20key%2Fwith%2Bsigns%3D%3D", "a+key%2Fwith%2Bsigns%3D%3D"):
        assert redactor.text(f"?apiKey={spelt}&x=1") == f"?apiKey={REDACTED}&x=1"


def test_a_key_within_another_does_not_leave_the_rest_of_it() -> None:
    assert Redactor(["abcdef", "abcdef-and-more"]).text("abcdef-and-more") == REDACTED


def test_nothing_is_blotted_out_where_there_is_no_key() -> None:
    assert Redactor([""]).text("all of it") == "all of it"


def test_numbers_stay_numbers_and_the_rest_is_text() -> None:
    fields = {
        "rows": np.int64(3),
        "share": np.float64(0.5),
        "none": float("nan"),
        "ok": True,
        "at": pd.Timestamp("2026-01-31T12:00Z"),
    }
    entry = json.loads(JsonLines(Redactor([]), None).format(record(fields=fields)))
    assert (entry["rows"], entry["share"], entry["ok"]) == (3, 0.5, True)
    assert (entry["none"], entry["at"]) == ("nan", "2026-01-31 12:00:00+00:00")


def test_fields_cannot_hide_how_bad_it_is() -> None:
    fields = {"severity": "DEBUG", "message": "nothing"}
    entry = json.loads(JsonLines(Redactor([]), None).format(record(level=logging.ERROR, fields=fields)))
    assert (entry["severity"], entry["message"]) == ("ERROR", "said")


def test_a_line_belongs_to_its_request() -> None:
    headers = {"Function-Execution-Id": "run-1"}
    with Flask("app").test_request_context(headers=headers), tracing(TRACE):
        entry = json.loads(JsonLines(Redactor([]), "a-project").format(record()))
    assert entry["logging.googleapis.com/trace"] == f"projects/a-project/traces/{TRACE}"
    assert entry["logging.googleapis.com/labels"] == {"execution_id": "run-1"}
    assert entry["trace"] == TRACE


def test_without_a_project_a_line_still_names_its_trace() -> None:
    with tracing(TRACE):
        entry = json.loads(JsonLines(Redactor([]), None).format(record()))
    assert entry["trace"] == TRACE
    assert "logging.googleapis.com/trace" not in entry


def test_a_line_that_nobody_asked_for_has_no_trace() -> None:
    assert "trace" not in json.loads(JsonLines(Redactor([]), "a-project").format(record()))


@pytest.mark.parametrize(
    ("header", "value", "result"),
    [
        ("X-Cloud-Trace-Context", f"{TRACE}/12;o=1", True),
        ("X-Cloud-Trace-Context", TRACE, True),
        ("X-Cloud-Trace-Context", f"{TRACE};o=0", True),
        ("X-Cloud-Trace-Context", "", False),
        ("X-Cloud-Trace-Context", "not-a-trace/1", False),
        ("X-Cloud-Trace-Context", f"{TRACE}0/1", False),
        ("X-Cloud-Trace-Context", f"../{TRACE}", False),
        ("traceparent", f"00-{TRACE}-00f067aa0ba902b7-01", True),
        ("traceparent", f"00-{TRACE}-00f067aa0ba902b7", False),
        ("traceparent", f"00-{TRACE}-00f067aa0ba902b7-01\n", False),
    ],
)
def test_only_a_trace_is_taken_for_one(header: str, value: str, result: bool) -> None:
    trace = request_trace({header: value}.get)
    assert (trace == TRACE) is result
    assert re.fullmatch("[0-9a-f]{32}", trace)
