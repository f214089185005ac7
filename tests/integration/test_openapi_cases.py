"""Generated requests to every operation of the OpenAPI document: no fault, and every response as declared.

`make test` sends a few to each operation; `make torture` sets PPA_CASES to send thousands.
"""

import copy
import os
import re
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import pandas as pd
import pytest
import schemathesis
from declared_responses import watch
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from platforms import FEATURES, FIRST, NOW, SPEC, copied, small
from schemathesis import Case, GenerationMode, Response
from schemathesis.specs.openapi.checks import positive_data_acceptance

from ppa.cli.server import build_application
from ppa_web.api import api as blueprint
from ppa_web.openapi.document import openapi_document

SHORT = 3
CASES = int(os.environ.get("PPA_CASES", SHORT))
MINIMUM = 3_000
MODELS, LABELS = ["calm-v1", "bold-v1"], [SPEC.label_id, "btc-touch-24h-200bp-6fe69e"]
# values that exist, so that requests reach beyond the check of a name
KNOWN: dict[str, list[str]] = {
    "model_id": MODELS,
    "models": MODELS,
    "label_id": LABELS,
    "labels": LABELS,
    "scope": [SPEC.label_id, "*"],
    "job": ["ingest", "predict"],
    "asset": ["BTC", "eth"],
    "feature": list(FEATURES),
    "features": list(FEATURES),
    "name": ["prices.csv"],
}
# rules that hold between fields, or that depend on what is stored, which no JSON Schema states
BETWEEN_FIELDS = re.compile(
    "from must be before to|but the mode|Give a fraction below 1, such as|names only"
    "|There are no .* bars|has no rows between|There are no hours to replay|No model is active|models of one label"
    "|or null for all of them|Retraining can only|No webhook is configured|Nothing is to be changed"
    "|There is no estimator|Send a multipart form|is not an alias|shard is|X-CloudScheduler-ScheduleTime is"
    "|The metadata|The manifest|that is not a provider's|^--(shift|where|columns|time-zone|dates) is"
)
PLAIN = {"Accept-Encoding": "identity"}
NOT_SERVED_HERE = "/functions/cap"


@dataclass
class Run:
    """An app under test, what it answered wrongly, and how many requests it was sent."""

    app: Any
    wrong: list[str]
    sent: Counter[str] = field(default_factory=Counter)


@pytest.fixture(scope="module")
def run(history: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """An app over a platform with two active models and a few live hours."""
    lived = small(copied(history, tmp_path_factory.mktemp("cases") / "home"))
    lived.activate(*MODELS)
    lived.live(3)
    app = build_application(lived.platform)
    run = Run(app, watch(cast(Flask, app.app)))
    yield run
    lived.platform.close()
    if CASES > SHORT and len(run.sent) == len(VALID):
        sys.stdout.write(f"{run.sent.total():,} requests\n")
        assert run.sent.total() >= MINIMUM


def described(*, reference: bool) -> dict[str, Any]:
    """Return the operations that are served here by their labels; with `known`, with values that exist."""
    app = Flask(__name__)
    app.register_blueprint(blueprint)
    document = copy.deepcopy(openapi_document(app))
    del document["paths"][NOT_SERVED_HERE]
    for path in document["paths"].values():
        for operation in path.values():
            for parameter in operation.get("parameters", ()) if reference else ():
                _know(parameter)
    result = schemathesis.openapi.from_dict(document).get_all_operations()
    return {one.ok().label: one.ok() for one in result}


def _know(parameter: dict[str, Any]) -> None:
    reference, schema = KNOWN.get(parameter["name"]), parameter["schema"]
    if reference and schema["type"] == "array":
        schema["items"] = {"anyOf": [{"enum": reference}, schema["items"]]}
    elif reference:
        parameter["schema"] = {"anyOf": [{"enum": reference}, schema]}


# years that are taken, half of them within the history
MOMENTS = st.datetimes(
    min_value=FIRST.replace(tzinfo=None), max_value=NOW.replace(tzinfo=None)
) | st.datetimes(
    min_value=pd.Timestamp(1900, 1, 1).to_pydatetime(), max_value=pd.Timestamp(2199, 12, 31).to_pydatetime()
)
schemathesis.openapi.format("date-time", MOMENTS.map(lambda moment: f"{moment.isoformat()}Z"))
VALID, INVALID = described(reference=True), described(reference=False)


def cases_of(label: str) -> Any:
    """Return a strategy of valid requests, and of invalid ones where a request can be invalid."""
    valid = VALID[label].as_strategy(GenerationMode.POSITIVE)
    takes = INVALID[label].query or INVALID[label].body
    return valid | INVALID[label].as_strategy(GenerationMode.NEGATIVE) if takes else valid


@pytest.mark.parametrize("label", VALID)
def test_every_response_is_as_declared(label: str, run: Run) -> None:
    @settings(
        max_examples=CASES,
        derandomize=CASES == SHORT,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=cases_of(label))
    def answers(case: Case) -> None:
        send(case, run)

    answers()


def send(case: Case, run: Run) -> None:
    """Send a request, and assert that the response is as declared."""
    run.sent[case.operation.label] += 1
    run.wrong.clear()
    response = case.call(app=run.app, headers=PLAIN)
    case.validate_response(response, excluded_checks=[positive_data_acceptance])
    assert_problem_is_complete(response)
    assert_accepted(case, response)
    assert run.wrong == []


def assert_problem_is_complete(response: Response) -> None:
    """Assert that an error has the four members that every problem has."""
    if response.status_code >= 400 and response.headers["content-type"] == ["application/problem+json"]:
        body = response.json()
        assert {"title", "detail", "remedy", "status"} <= body.keys()
        assert all(body[name] for name in ("title", "detail", "remedy"))
        assert body["status"] == response.status_code


def assert_accepted(case: Case, response: Response) -> None:
    """Assert that a valid request is refused only by a rule that the schema cannot state, or for the file it holds."""
    if case.meta and case.meta.generation.mode.is_positive and response.status_code == 400:
        body = response.json()
        assert body["code"] == "file_refused" or BETWEEN_FIELDS.search(body["detail"]), response.text
