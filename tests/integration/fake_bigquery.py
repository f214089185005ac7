"""A BigQuery that remembers what it was asked, and fails when told to: its requests are what is tested."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from email import message_from_bytes
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import pyarrow as pa

Json = dict[str, object]
BILLED = 10_485_760
DROPPED = 0
DUPLICATE: tuple[int, Json] = (
    409,
    {"error": {"message": "Already Exists", "errors": [{"reason": "duplicate"}]}},
)


@dataclass(frozen=True)
class Request:
    """One request: its method, its path below the project, its JSON body, its uploaded file."""

    method: str
    path: str
    body: Json
    upload: bytes = b""

    def job(self, kind: str) -> Json:
        """The configuration of a job of that kind."""
        configuration: Json = self.body["configuration"]  # type: ignore[assignment]
        return {**configuration, **configuration[kind]}  # type: ignore[dict-item]


@dataclass
class FakeBigQuery:
    """Requests in order, jobs and tables by id, and what to answer in place of the next ones that match."""

    address: str = ""
    requests: list[Request] = field(default_factory=list)
    jobs: dict[str, Json] = field(default_factory=dict)
    tables: dict[str, Json] = field(default_factory=dict)
    faults: list[tuple[str, int, Json]] = field(default_factory=list)
    answers: Callable[[Json], pa.Table] | None = None

    def fail(self, method_and_path: str, status: int, reason: str = "", message: str = "") -> None:
        """Answer the next request that starts so with an error; with DROPPED: do it, and lose the answer."""
        errors = [{"reason": reason, "message": message}]
        self.faults.append((method_and_path, status, {"error": {"message": message, "errors": errors}}))

    def sent(self, method_and_path: str) -> list[Request]:
        """The requests that start so."""
        return [r for r in self.requests if f"{r.method} {r.path}".startswith(method_and_path)]

    def answer(self, request: Request) -> tuple[int, Json]:
        """Status and body."""
        self.requests.append(request)
        asked = f"{request.method} {request.path}"
        for fault in self.faults:
            if asked.startswith(fault[0]):
                self.faults.remove(fault)
                if fault[1] == DROPPED:
                    self._do(request)
                return fault[1:]
        return self._do(request)

    def _do(self, request: Request) -> tuple[int, Json]:
        kind, _, name = request.path.lstrip("/").partition("/")
        if (request.method, kind) == ("POST", "jobs"):
            return self._insert(request.body)
        if (request.method, kind) == ("POST", "queries"):
            return self._query(request.body)
        if (request.method, name) == ("POST", "d/tables"):
            return self._create(request.body)
        if (request.method, kind) == ("GET", "datasets"):
            return 200, self.tables[name.removeprefix("d/tables/")]
        if kind == "jobs":
            return 200, self.jobs[name]
        if kind == "queries":
            return 200, self._results(name)
        return 200, request.body

    def _query(self, body: Json) -> tuple[int, Json]:
        """`jobs.query`: a job is made and waited for in one request."""
        name = str(body["requestId"])
        reference = {"projectId": "p", "jobId": name, "location": body.get("location")}
        configuration = {"labels": body.get("labels"), "query": body}
        self.jobs[name] = {"jobReference": reference, "configuration": configuration}
        return 200, self._results(name) | {"totalBytesProcessed": str(BILLED), "cacheHit": False}

    def _results(self, name: str) -> Json:
        return self._result(name, self.answers(self.jobs[name]) if self.answers else QUOTE)

    def _result(self, name: str, table: pa.Table) -> Json:
        """A table as `getQueryResults` answers it: every value as text, times in microseconds."""
        fields = [{"name": f.name, "type": REST_TYPES[f.type]} for f in table.schema]
        rows = [{"f": [{"v": _rest_value(value)} for value in row.values()]} for row in table.to_pylist()]
        reference = self.jobs[name]["jobReference"]
        done = {"jobComplete": True, "jobReference": reference, "schema": {"fields": fields}}
        return done | {"totalRows": str(len(rows)), "rows": rows}

    def _create(self, table: Json) -> tuple[int, Json]:
        reference: Json = table["tableReference"]  # type: ignore[assignment]
        name = str(reference["tableId"])
        if name in self.tables:
            return DUPLICATE
        self.tables[name] = table
        return 200, table

    def _insert(self, body: Json) -> tuple[int, Json]:
        reference: Json = body["jobReference"]  # type: ignore[assignment]
        name = str(reference["jobId"])
        if name in self.jobs:
            return DUPLICATE
        query = {"totalBytesBilled": str(BILLED), "numDmlAffectedRows": "2", "statementType": "SELECT"}
        self.jobs[name] = {**body, "status": {"state": "DONE"}, "statistics": {"query": query}}
        return 200, self.jobs[name]


QUOTE = pa.table(
    {
        "asset": ["BTC"],
        "ts": pa.array([1], pa.timestamp("us", tz="UTC")),
        "price": [1.5],
        "source": ["test"],
    }
)

REST_TYPES = {
    pa.string(): "STRING",
    pa.float64(): "FLOAT",
    pa.int64(): "INTEGER",
    pa.bool_(): "BOOLEAN",
    pa.timestamp("us", tz="UTC"): "TIMESTAMP",
}


def _rest_value(value: object) -> str | None:
    if value is None:
        return None
    if isinstance(value, datetime):
        return str(round(value.timestamp() * 1_000_000))
    return str(value).lower() if isinstance(value, bool) else str(value)


@contextmanager
def fake_bigquery() -> Iterator[FakeBigQuery]:
    """Serve one on a socket."""
    fake = FakeBigQuery()

    class Handler(BaseHTTPRequestHandler):
        def _serve(self) -> None:
            status, body = fake.answer(_read(self))
            if status == DROPPED:
                self.close_connection = True
                return
            payload = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(payload)))
            self.end_headers()
            self.wfile.write(payload)

        do_GET = do_POST = do_DELETE = _serve  # noqa: N815 the names that http.server calls

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 the base class's name
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        fake.address = f"http://127.0.0.1:{server.server_port}"
        yield fake
        server.shutdown()


def _read(handler: BaseHTTPRequestHandler) -> Request:
    content = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
    path = urlsplit(handler.path).path.partition("/projects/p")[2]
    kind = handler.headers.get("Content-Type") or ""
    if not kind.startswith("multipart/"):
        return Request(handler.command, path, json.loads(content or b"{}"))
    parts = message_from_bytes(f"Content-Type: {kind}\r\n\r\n".encode() + content).get_payload()
    body, upload = (part.get_payload(decode=True) for part in parts)  # type: ignore[union-attr]
    return Request(handler.command, path, json.loads(body), upload)  # type: ignore[arg-type]
