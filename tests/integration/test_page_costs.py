"""The deployed pages on BigQuery: what has not changed is not asked again, and what has is.

BigQuery is a stand-in that counts requests; its answers come from the embedded warehouse, by the same statements.
"""

import gzip
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from fake_bigquery import FakeBigQuery, fake_bigquery
from flask.testing import FlaskClient
from platforms import FIRST, NOW, SPEC, Small, copied, small

from frontend import create_app
from shared.jobs.activate import activate
from shared.warehouse import Warehouse
from shared.warehouse.bigquery import BigQueryWarehouse
from shared.warehouse.interface import Warehouse as Interface
from shared.warehouse.remembering import LARGEST_KEPT, MARK_SECONDS, RememberingWarehouse

MODEL = "calm-v1"
PAGES = {
    "overview": ("features", "assets", "labels", "models", "quotes", "predictions?limit=1", "status"),
    "configure": ("assets", "labels", "chart?asset=BTC&points=400", f"labels/{SPEC.label_id}", "status"),
    "models": ("labels", "models", f"models/{MODEL}", "status"),
    "live": ("assets", "models", "quotes", f"predictions?model_id={MODEL}&limit=2000", "status"),
    "performance": ("models", f"models/{MODEL}/performance?origin=buffer", "status"),
}


@dataclass
class HandTime:
    """Seconds that a test moves."""

    seconds: float = 0.0

    def __call__(self) -> float:
        return self.seconds


@dataclass
class Deployed:
    """The pages over the stand-in, and what it was asked."""

    client: FlaskClient
    big: FakeBigQuery
    stored: Small
    time: HandTime

    def visit(self, page: str) -> int:
        """Open a page; how many statements BigQuery ran for it."""
        before = len(self.big.sent("POST /jobs"))
        for path in PAGES[page]:
            answer = self.client.get(f"/api/v1/{path}")
            assert answer.status_code == 200, answer.text
        return len(self.big.sent("POST /jobs")) - before


@pytest.fixture
def deployed(history: Path, tmp_path: Path) -> Iterator[Deployed]:
    stored, moment = small(copied(history, tmp_path)), HandTime()
    activate(stored.platform, MODEL, "tester")
    with fake_bigquery() as big:
        big.answers = answers_of(stored.platform.warehouse)
        cloud = BigQueryWarehouse.from_address(
            "bigquery://p/d", stored.platform.catalogue, endpoint=big.address
        )
        cloud.create_tables()
        platform = replace(stored.platform, warehouse=RememberingWarehouse(cloud, moment))
        yield Deployed(create_app(platform).test_client(), big, stored, moment)
        cloud.close()
    stored.platform.close()


def answers_of(warehouse: Warehouse) -> Any:
    """What the embedded warehouse says to the statement that a job is of."""

    def answer(job: dict[str, Any]) -> pa.Table:
        configuration = job["configuration"]
        given = {p["name"]: _value(p) for p in configuration["query"]["queryParameters"]}
        return warehouse.query(configuration["labels"]["statement"], **given)

    return answer


def _value(parameter: dict[str, Any]) -> object:
    kind, value = parameter["parameterType"], parameter["parameterValue"]
    if kind["type"] == "ARRAY":
        return [_scalar(kind["arrayType"]["type"], item["value"]) for item in value["arrayValues"]]
    return _scalar(kind["type"], value["value"])


def _scalar(kind: str, text: str) -> object:
    readers = {"INT64": int, "FLOAT64": float, "TIMESTAMP": datetime.fromisoformat}
    return readers.get(kind, str)(text)


@pytest.mark.parametrize("page", PAGES)
def test_a_page_that_was_seen_is_seen_again_without_a_statement(deployed: Deployed, page: str) -> None:
    assert deployed.visit(page) > 0
    assert deployed.visit(page) == 0
    deployed.time.seconds += MARK_SECONDS
    looked = len(deployed.big.sent("GET /datasets/d/tables"))
    assert deployed.visit(page) == 0
    assert 1 <= len(deployed.big.sent("GET /datasets/d/tables")) - looked <= 10


def test_what_has_changed_is_asked_again_and_shown(deployed: Deployed) -> None:
    address = f"/api/v1/predictions?model_id={MODEL}&origin=live"

    def shown() -> int:
        answer = deployed.client.get(address).json
        assert answer is not None
        return len(answer["predictions"])

    assert shown() == 0
    deployed.stored.live(1)
    deployed.big.tables["predictions"]["numRows"] = "999"
    assert shown() == 0
    deployed.time.seconds += MARK_SECONDS
    assert shown() == 1


class Counting:
    """A warehouse of one large and one small answer, whose mark a test changes."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.state = "a"

    def query(self, name: str, **_: object) -> pa.Table:
        self.asked.append(name)
        rows = LARGEST_KEPT // 8 + 1 if name == "feature_rows" else 1
        return pa.table({"x": pa.array([1.0]).take(pa.array([0] * rows))})

    def merge(self, table: str, rows: pa.Table, *, replace: bool = False) -> int:
        return len(rows)

    append = merge

    def mark(self, table: str) -> str:
        self.asked.append(f"mark {table}")
        return self.state


def remembering(moment: HandTime) -> tuple[Interface, Counting]:
    inner = Counting()
    return RememberingWarehouse(inner, moment), inner  # type: ignore[arg-type] # what is asked of it here


def test_what_is_written_here_is_seen_at_once() -> None:
    warehouse, inner = remembering(HandTime())
    warehouse.query("labels", archived=False)
    inner.state = "b"
    warehouse.query("labels", archived=False)
    assert inner.asked.count("labels") == 1
    warehouse.merge("labels", pa.table({"x": [1]}))
    warehouse.query("labels", archived=False)
    assert inner.asked.count("labels") == 2


def test_what_is_streamed_is_asked_for_again_each_minute() -> None:
    moment = HandTime()
    warehouse, inner = remembering(moment)
    for seconds in (0, 59, 60, 61):
        moment.seconds = seconds
        warehouse.query("quotes", since=NOW - timedelta(days=1))
    assert inner.asked.count("quotes") == 2


def test_other_parameters_are_another_question_and_large_answers_are_not_kept() -> None:
    warehouse, inner = remembering(HandTime())
    for since in (FIRST, NOW, FIRST):
        warehouse.query("predictions", since=since, model_ids=["a"])
    assert inner.asked.count("predictions") == 2
    for _ in range(2):
        assert warehouse.query("feature_rows", since=FIRST).nbytes > LARGEST_KEPT
    assert inner.asked.count("feature_rows") == 2


def test_answers_are_compressed_for_those_who_take_it(deployed: Deployed) -> None:
    plain = deployed.client.get("/api/v1/features")
    packed = deployed.client.get("/api/v1/features", headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in packed.headers["Vary"]
    assert gzip.decompress(packed.data) == plain.data
    assert len(packed.data) < len(plain.data) / 3
