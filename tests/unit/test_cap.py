"""Budget cap, against a fake Cloud Scheduler over HTTP."""

import base64
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from google.auth.credentials import AnonymousCredentials
from google.cloud.scheduler_v1 import CloudSchedulerClient
from google.cloud.scheduler_v1.services.cloud_scheduler.transports import CloudSchedulerRestTransport

from ppa.core.errors import BadInput
from ppa.jobs.cap import Spend, pause_all, read_spend

LOCATION = "projects/p/locations/europe-west1"
STATES = {"ppa-ingest": "ENABLED", "ppa-predict": "ENABLED", "ppa-predict-2": "PAUSED", "other": "ENABLED"}


@pytest.fixture
def scheduler() -> Iterator[tuple[CloudSchedulerClient, list[str]]]:
    """A client, and the paths of its POST requests."""
    posted: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            jobs = [{"name": f"{LOCATION}/jobs/{name}", "state": state} for name, state in STATES.items()]
            self._answer({"jobs": jobs})

        def do_POST(self) -> None:
            posted.append(self.path.partition("?")[0])
            self.rfile.read(int(self.headers["Content-Length"]))
            self._answer({"state": "PAUSED"})

        def _answer(self, body: object) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps(body).encode())

        def log_message(self, *_: object) -> None:
            """Do not log."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    transport = CloudSchedulerRestTransport(
        host=f"127.0.0.1:{server.server_port}", url_scheme="http", credentials=AnonymousCredentials()
    )
    yield CloudSchedulerClient(transport=transport), posted
    server.shutdown()
    server.server_close()


def test_every_enabled_schedule_of_the_deployment_is_paused_and_no_other(
    scheduler: tuple[CloudSchedulerClient, list[str]],
) -> None:
    client, posted = scheduler
    assert pause_all(client, f"{LOCATION}/jobs/ppa-") == ["ingest", "predict"]
    assert posted == [f"/v1/{LOCATION}/jobs/ppa-{name}:pause" for name in ("ingest", "predict")]


@pytest.mark.parametrize(
    ("cost", "cap", "reached"), [(4.99, 1, False), (5, 1, True), (2.5, 0.5, True), (7, 2, False)]
)
def test_the_cap_is_a_fraction_of_the_budget(cost: float, cap: float, reached: bool) -> None:
    assert Spend(cost, 5.0, "USD").reaches(cap) is reached


def test_a_message_is_read_as_pub_sub_pushes_it() -> None:
    output = {"costAmount": 5.25, "budgetAmount": 5, "currencyCode": "EUR", "budgetDisplayName": "ppa in p"}
    pushed = {"message": {"data": base64.b64encode(json.dumps(output).encode()).decode(), "messageId": "1"}}
    assert str(read_spend(pushed)) == "5.25 of 5.00 EUR are spent this month"


@pytest.mark.parametrize("body", [None, [], {}, {"message": {}}, {"message": {"data": "!"}}, {"message": 7}])
def test_what_is_no_message_of_a_budget_is_refused(body: object) -> None:
    with pytest.raises(BadInput, match="not a budget notification"):
        read_spend(body)
