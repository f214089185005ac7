"""In-memory MLflow REST API on a socket, as far as `ppa.outside.tracking` uses it; it can be taken down."""

import json
import re
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

ARTIFACTS = "/api/2.0/mlflow-artifacts/artifacts/"


@dataclass
class FakeMlflow:
    """Experiments by name, runs by id, files by path. Returns 503 while `down`; exits after `calls_left` calls.

    Files of more than `largest` bytes are rejected; without a proxy, files go directly to their store. The first
    clients that search for runs wait for each other at the `meeting`.
    """

    url: str = ""
    down: bool = False
    calls_left: int | None = None
    proxies: bool = True
    largest: int | None = None
    meeting: threading.Barrier | None = None
    experiments: dict[str, str] = field(default_factory=dict)
    runs: dict[str, dict[str, Any]] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    authorized: set[str | None] = field(default_factory=set)
    _numbers: dict[str, Iterator[int]] = field(default_factory=lambda: defaultdict(lambda: count(1)))

    def __call__(self, environ: Any, start_response: Any) -> Any:
        """WSGI."""
        request = Request(environ)
        self.authorized.add(request.headers.get("Authorization"))
        return self._answer(request)(environ, start_response)

    def _answer(self, request: Request) -> Response:
        if self.calls_left is not None:
            self.calls_left -= 1
            self.down = self.down or self.calls_left < 0
        if self.down:
            return Response("unavailable", 503)
        if request.path.startswith(ARTIFACTS):
            if self.largest is not None and (request.content_length or 0) > self.largest:
                return Response("Request Entity Too Large", 413)
            self.files[request.path.removeprefix(ARTIFACTS)] = request.get_data()
            return _json({})
        name = request.path.removeprefix("/api/2.0/mlflow/").replace("/", "_").replace("-", "_")
        reported = request.get_json(silent=True) or dict(request.args)
        return getattr(self, f"_{name}")(**reported)

    def _experiments_get_by_name(self, experiment_name: str) -> Response:
        if experiment_name not in self.experiments:
            return _missing()
        return _json({"experiment": {"experiment_id": self.experiments[experiment_name]}})

    def _experiments_create(self, name: str) -> Response:
        built = str(next(self._numbers["experiments"]))
        if self.experiments.setdefault(name, built) != built:
            return Response(json.dumps({"error_code": "RESOURCE_ALREADY_EXISTS"}), 400)
        return _json({"experiment_id": built})

    def _runs_create(self, experiment_id: str, run_name: str, tags: list[Any], **_: Any) -> Response:
        run_id = f"run{next(self._numbers['runs'])}"
        scheme = "mlflow-artifacts:/" if self.proxies else "s3://bucket/"
        self.runs[run_id] = {
            "info": {
                "run_id": run_id,
                "experiment_id": experiment_id,
                "artifact_uri": f"{scheme}{experiment_id}/{run_id}/artifacts",
                "run_name": run_name,
                "status": "RUNNING",
            },
            "params": {},
            "metrics": {},
            "tags": {tag["key"]: tag["value"] for tag in tags},
        }
        return _json({"run": self._shown(run_id)})

    def _runs_get(self, run_id: str) -> Response:
        return _json({"run": self._shown(run_id)}) if run_id in self.runs else _missing()

    def _runs_search(self, experiment_ids: list[str], filter: str, **_: Any) -> Response:  # noqa: A002
        meeting, result = self.meeting, self._found(experiment_ids, filter)
        if meeting is not None:
            meeting.wait(10)
            self.meeting = None
        return result

    def _found(self, experiment_ids: list[str], filter: str) -> Response:  # noqa: A002
        tag, value = re.fullmatch(r"tags\.`(.*)` = '(.*)'", filter).groups()  # type: ignore[union-attr]
        actual = [
            name
            for name, run in self.runs.items()
            if run["info"]["experiment_id"] in experiment_ids
            and run["tags"].get(tag) == value
            and run["info"].get("lifecycle_stage") != "deleted"
        ]
        return _json({"runs": [self._shown(name) for name in actual]})

    def _runs_delete(self, run_id: str) -> Response:
        self.runs[run_id]["info"]["lifecycle_stage"] = "deleted"
        return _json({})

    def _runs_log_batch(self, run_id: str, params: Any = (), metrics: Any = (), tags: Any = ()) -> Response:
        run = self.runs[run_id]
        if run["info"].get("lifecycle_stage") == "deleted":
            return Response(f"The run {run_id} must be in the 'active' state.", 400)
        reported = {one["key"]: one["value"] for one in params}
        if any(run["params"].get(key, value) != value for key, value in reported.items()):
            return Response("Changing param values is not allowed.", 400)
        run["params"] |= reported
        run["tags"] |= {one["key"]: one["value"] for one in tags}
        for one in metrics:
            run["metrics"].setdefault(one["key"], {})[one["step"]] = one["value"]
        return _json({})

    def _runs_update(self, run_id: str, **what: Any) -> Response:
        self.runs[run_id]["info"] |= what
        return _json({})

    def _shown(self, run_id: str) -> dict[str, Any]:
        run = self.runs[run_id]
        tags = [{"key": key, "value": value} for key, value in run["tags"].items()]
        params = [{"key": key, "value": value} for key, value in run["params"].items()]
        return {"info": run["info"], "data": {"tags": tags, "params": params}}


@contextmanager
def fake_mlflow(before: Callable[[FakeMlflow], Any] = lambda fake: fake) -> Iterator[FakeMlflow]:
    """Empty running server; `before` puts a proxy in front of it."""
    fake = FakeMlflow()
    with serving(before(fake)) as fake.url:
        yield fake


@contextmanager
def serving(app: Any) -> Iterator[str]:
    """Address of a WSGI app on a port of its own."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def _json(body: object) -> Response:
    return Response(json.dumps(body), mimetype="application/json")


def _missing() -> Response:
    return Response(json.dumps({"error_code": "RESOURCE_DOES_NOT_EXIST"}), 404, mimetype="application/json")
