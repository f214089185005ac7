"""Pages on BigQuery as deployed: unchanged data is not queried again, changed data is.

BigQuery is a stand-in that counts requests; its results come from the embedded warehouse, by the same statements.
"""

import gzip
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pytest
from fake_bigquery import FakeBigQuery, fake_bigquery
from flask.testing import FlaskClient
from platforms import FIRST, NOW, SPEC, Small, copied, small

from ppa.core.times import BEGINNING
from ppa.jobs.activate import activate
from ppa.repository.labels import save_label
from ppa.storage.warehouse import Warehouse
from ppa.storage.warehouse.bigquery import BigQueryWarehouse
from ppa.storage.warehouse.cached_warehouse import MAX_KEPT_BYTES, TOKEN_SECONDS, CachedWarehouse
from ppa.storage.warehouse.protocol import Warehouse as Interface
from ppa_web import create_app

MODEL = "calm-v1"
LABEL, OTHER = SPEC.label_id, msgspec.structs.replace(SPEC, lookahead=12)
# Query arguments of routes that need them.
GIVEN = {
    "/api/v1/chart": "asset=BTC&points=400",
    "/api/v1/comparison": f"models={MODEL},bold-v1",
    "/api/v1/explore/distribution": "feature=btc_usd_return_1h",
    "/api/v1/labels/<label_id>/explore/distribution": "feature=btc_usd_return_1h",
    "/api/v1/labels/comparison": f"labels={LABEL},{OTHER.label_id}",
    "/api/v1/labels/preview": "asset=BTC&lookahead=24&threshold=0.02",
    "/api/v1/models/<model_id>/performance": "origin=buffer",
    "/api/v1/predictions": f"model_id={MODEL}&limit=2000",
}
# Routes that no page requests on its own: downloads, verification and figures requested by name.
BY_NAME = {
    "/api/v1/data/check",
    "/api/v1/features/ages.csv",
    "/api/v1/imports/<batch_id>",
    "/api/v1/models/<model_id>/importance",
    "/api/v1/parity",
}


@dataclass
class HandTime:
    """Seconds advanced by the test."""

    seconds: float = 0.0

    def __call__(self) -> float:
        return self.seconds


@dataclass
class Deployed:
    """Pages over the stand-in, with the statements it received."""

    client: FlaskClient
    big: FakeBigQuery
    stored: Small
    time: HandTime

    def statements(self, path: str) -> list[dict[str, Any]]:
        """Send a request; return the statements that BigQuery ran for it."""
        before = len(self.big.sent("POST /jobs"))
        answer = self.client.get(path)
        assert answer.status_code == 200, answer.text
        assert answer.data
        return [request.job("query") for request in self.big.sent("POST /jobs")[before:]]

    def addresses(self) -> dict[str, str]:
        """Every page and API path, by route."""
        routes = [str(r) for r in self.client.application.url_map.iter_rules() if "GET" in (r.methods or ())]
        asked = [route for route in routes if not route.startswith(("/assets/", "/static/"))]
        assert set(asked) >= GIVEN.keys() | BY_NAME
        named = {route: route.replace("<model_id>", MODEL).replace("<label_id>", LABEL) for route in asked}
        return {route: f"{named[route]}?{GIVEN.get(route, '')}" for route in asked if route not in BY_NAME}


@pytest.fixture
def deployed(history: Path, tmp_path: Path) -> Iterator[Deployed]:
    stored, moment = small(copied(history, tmp_path)), HandTime()
    activate(stored.platform, MODEL, "tester")
    save_label(stored.platform, OTHER, "", "tester")
    with fake_bigquery() as big:
        big.answers = answers_of(stored.platform.warehouse)
        cloud = BigQueryWarehouse.from_address(
            "bigquery://p/d", stored.platform.catalogue, endpoint=big.address
        )
        cloud.create_tables()
        platform = replace(stored.platform, warehouse=CachedWarehouse(cloud, moment))
        yield Deployed(create_app(platform).test_client(), big, stored, moment)
        cloud.close()
    stored.platform.close()


def answers_of(warehouse: Warehouse) -> Any:
    """Responder that runs the statement of a job on the embedded warehouse."""

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


def test_nothing_that_was_seen_costs_a_statement_when_it_is_seen_again(deployed: Deployed) -> None:
    addresses = deployed.addresses()
    assert {
        "/live",
        "/models",
        "/performance/<model_id>",
        "/system",
        "/api/v1/live",
        "/metrics",
    } <= addresses.keys()
    first = {route: len(deployed.statements(address)) for route, address in addresses.items()}
    assert sum(first.values()) > 20
    again = {route: len(deployed.statements(address)) for route, address in addresses.items()}
    assert {route for route, count in again.items() if count} == set()
    deployed.time.seconds += TOKEN_SECONDS
    looked = len(deployed.big.sent("GET /datasets/d/tables"))
    later = {route: len(deployed.statements(address)) for route, address in addresses.items()}
    assert {route for route, count in later.items() if count} == set()
    assert 1 <= len(deployed.big.sent("GET /datasets/d/tables")) - looked <= len(deployed.big.tables)


def test_a_new_hour_is_read_from_recent_partitions_by_what_was_made_since(deployed: Deployed) -> None:
    chart = "/api/v1/chart?asset=BTC&points=400&features=btc_usd_return_1h"
    deployed.stored.live(2)
    [whole] = [j for j in deployed.statements(chart) if "feature_rows_built" in j["labels"]["statement"]]
    assert _moment(whole, "since") == _moment(whole, "built_from") == BEGINNING
    deployed.stored.live(1)
    for table in ("features_hourly", "observations"):
        deployed.big.tables[table]["numRows"] = "999"
    deployed.time.seconds += TOKEN_SECONDS
    asked = deployed.statements(chart)
    fresh = {job["labels"]["statement"]: job for job in asked}
    assert len(asked) == len(fresh)
    newest = NOW.replace(minute=0) + timedelta(hours=3)
    assert newest - _moment(fresh["feature_rows_built"], "built_from") < timedelta(hours=2)
    assert newest - _moment(fresh["feature_rows_built"], "since") < timedelta(days=40)
    assert newest - _moment(fresh["vintages"], "since") < timedelta(days=40)


def _moment(job: dict[str, Any], name: str) -> datetime:
    [value] = [p["parameterValue"]["value"] for p in job["queryParameters"] if p["name"] == name]
    return datetime.fromisoformat(value)


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
    deployed.time.seconds += TOKEN_SECONDS
    assert shown() == 1


class Counting:
    """Warehouse with one large and one small result, whose version token the test changes."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.state = "a"

    def query(self, name: str, **_: object) -> pa.Table:
        self.asked.append(name)
        rows = MAX_KEPT_BYTES // 8 + 1 if name == "feature_rows" else 1
        return pa.table({"x": pa.array([1.0]).take(pa.array([0] * rows))})

    def merge(self, table: str, rows: pa.Table, *, replace: bool = False) -> int:
        return len(rows)

    append = merge

    def version_tokens(self, tables: Collection[str]) -> dict[str, str]:
        self.asked.append(f"version_tokens {' '.join(sorted(tables))}")
        return dict.fromkeys(tables, self.state)


def remembering(moment: HandTime) -> tuple[Interface, Counting]:
    inner = Counting()
    return CachedWarehouse(inner, moment), inner  # type: ignore[arg-type] # what is asked of it here


def test_what_is_written_here_is_seen_at_once() -> None:
    warehouse, inner = remembering(HandTime())
    warehouse.query("labels", archived=False)
    inner.state = "b"
    warehouse.query("labels", archived=False)
    assert inner.asked.count("labels") == 1
    warehouse.merge("labels", pa.table({"x": [1]}))
    warehouse.query("labels", archived=False)
    assert inner.asked.count("labels") == 2


def test_tokens_that_are_old_are_asked_for_at_once() -> None:
    moment = HandTime()
    warehouse, inner = remembering(moment)
    for seconds in (0.0, TOKEN_SECONDS - 1, TOKEN_SECONDS):
        moment.seconds = seconds
        warehouse.query("models")
    first, second, third = ("labels", "model_events", "models")
    alone = [f"version_tokens {table}" for table in (first, second, third)]
    assert inner.asked == [*alone, "models", f"version_tokens {first} {second} {third}"]


def test_a_token_that_was_asked_for_before_rows_were_written_here_is_not_kept() -> None:
    warehouse, inner = remembering(HandTime())
    asking, plain = inner.version_tokens, []

    def written_meanwhile(tables: Collection[str]) -> dict[str, str]:
        result = asking(tables)
        if not plain:
            plain.append(warehouse.merge("labels", pa.table({"x": [1]})))
            inner.state = "b"
        return result

    inner.version_tokens = written_meanwhile  # type: ignore[method-assign]
    assert [warehouse.version_token("labels"), warehouse.version_token("labels")] == ["a", "b"]


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
        assert warehouse.query("feature_rows", since=FIRST).nbytes > MAX_KEPT_BYTES
    assert inner.asked.count("feature_rows") == 2


def test_answers_are_compressed_for_those_who_take_it(deployed: Deployed) -> None:
    plain = deployed.client.get("/api/v1/features")
    packed = deployed.client.get("/api/v1/features", headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in packed.headers["Vary"]
    assert gzip.decompress(packed.data) == plain.data
    assert len(packed.data) < len(plain.data) / 3
