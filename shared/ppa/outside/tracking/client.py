"""MLflow over its REST API, as far as one run needs it: https://mlflow.org/docs/latest/rest-api.html

Its own client wants other versions of what the platform pins, so it is not installed beside it; tests read what is
written here back through it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from itertools import islice
from typing import Any, NamedTuple, TypeVar
from urllib.parse import quote

import requests

from ppa.ops.iap import REFUSED, iam_address, signed_jwt
from ppa.ops.settings import Settings
from ppa.outside.tracking.errors import TooLarge, TrackingError

TIMEOUT = (2.0, 30.0)  # seconds to connect, to answer
METRICS_A_CALL, PARAMETERS_A_CALL = 500, 100
MAX_PARAMETER_LENGTH = 500
PROXIED = "mlflow-artifacts:/"
FINISHED = "FINISHED"

T = TypeVar("T")


class Metric(NamedTuple):
    """A figure, or with `step` one of a curve."""

    key: str
    value: float
    step: int = 0


@dataclass(frozen=True)
class Run:
    """A run: where it and its files are kept, its tags and its parameters, which never change."""

    run_id: str
    experiment_id: str
    artifact_uri: str
    tags: Mapping[str, str]
    parameters: Mapping[str, str]


class Mlflow:
    """One tracking server."""

    def __init__(
        self, settings: Settings, session: Callable[[], requests.Session] = requests.Session
    ) -> None:
        self._base = settings.mlflow_tracking_uri
        self._session = session()
        self._session.auth = settings.mlflow_login
        if settings.mlflow_token:
            self._session.headers["Authorization"] = f"Bearer {settings.mlflow_token}"
        if settings.mlflow_audience:
            self._session.auth = signed_jwt(settings.mlflow_audience, iam_address(settings))

    def experiment(self, name: str) -> str:
        """The id of the experiment of that name, made where there is none."""
        found = self._find_experiment(name)
        if found is None:
            try:
                return str(self._post("experiments/create", name=name)["experiment_id"])
            except TrackingError:
                found = self._find_experiment(name)  # another made it just now
                if found is None:
                    raise
        return found

    def find_runs(self, experiment_id: str, tag: str, value: str) -> list[Run]:
        """The runs of an experiment that bear a tag, but for deleted ones."""
        filter_by = f"tags.`{tag}` = '{value}'"
        answer = self._post("runs/search", experiment_ids=[experiment_id], filter=filter_by, max_results=100)
        return [_run(one) for one in answer.get("runs", [])]

    def get_run(self, run_id: str) -> Run | None:
        """The run; None where this server has none of that id."""
        try:
            return _run(self._call("GET", "api/2.0/mlflow/runs/get", params={"run_id": run_id})["run"])
        except TrackingError as error:
            if "RESOURCE_DOES_NOT_EXIST" in str(error):
                return None
            raise

    def create_run(
        self, experiment_id: str, name: str, user: str, started: int, tags: Mapping[str, str]
    ) -> Run:
        """A new run, begun at `started`, in milliseconds since 1970."""
        told = [{"key": key, "value": value} for key, value in ({"mlflow.user": user} | dict(tags)).items()]
        answer = self._post(
            "runs/create",
            experiment_id=experiment_id,
            run_name=name,
            user_id=user,
            start_time=started,
            tags=told,
        )
        return _run(answer["run"])

    def delete_run(self, run: Run) -> None:
        """Delete a run; MLflow keeps it among the deleted ones."""
        self._post("runs/delete", run_id=run.run_id)

    def log(
        self,
        run: Run,
        at: int,
        parameters: Mapping[str, str] = {},
        metrics: Iterable[Metric] = (),
        tags: Mapping[str, str] = {},
    ) -> None:
        """Add to a run; the same again changes nothing, and a parameter that is there stays as it is.

        `at` is in milliseconds since 1970.
        """
        new = ((key, value) for key, value in parameters.items() if key not in run.parameters)
        for part in _parts(new, PARAMETERS_A_CALL):
            self._batch(run, params=[{"key": k, "value": v[:MAX_PARAMETER_LENGTH]} for k, v in part])
        for some in _parts(metrics, METRICS_A_CALL):
            self._batch(run, metrics=[one._asdict() | {"timestamp": at} for one in some])
        if tags:
            self._batch(run, tags=[{"key": key, "value": value} for key, value in tags.items()])

    def put_file(self, run: Run, path: str, data: bytes) -> bool:
        """Add a file to a run; False where the server does not pass files on to its store, or none so large."""
        if not run.artifact_uri.startswith(PROXIED):
            return False
        folder = run.artifact_uri.removeprefix(PROXIED).strip("/")
        try:
            self._call("PUT", f"api/2.0/mlflow-artifacts/artifacts/{quote(f'{folder}/{path}')}", data=data)
        except TooLarge:
            return False
        return True

    def finish(self, run: Run, name: str, at: int) -> None:
        """Say that a run is over, and what it is called."""
        self._post("runs/update", run_id=run.run_id, status=FINISHED, run_name=name, end_time=at)

    def _find_experiment(self, name: str) -> str | None:
        try:
            answer = self._call(
                "GET", "api/2.0/mlflow/experiments/get-by-name", params={"experiment_name": name}
            )
        except TrackingError as error:
            if "RESOURCE_DOES_NOT_EXIST" in str(error):
                return None
            raise
        return str(answer["experiment"]["experiment_id"])

    def _batch(self, run: Run, **what: object) -> None:
        self._post("runs/log-batch", run_id=run.run_id, **what)

    def _post(self, path: str, **body: object) -> dict[str, Any]:
        return self._call("POST", f"api/2.0/mlflow/{path}", json=body)

    def _call(self, method: str, path: str, **options: Any) -> dict[str, Any]:
        # a redirect leads to somebody's sign-in page, and turns a POST into a GET
        options |= {"timeout": TIMEOUT, "allow_redirects": False}
        try:
            answer = self._session.request(method, f"{self._base}/{path}", **options)
            if answer.ok and not answer.is_redirect:
                body: dict[str, Any] = answer.json() if answer.content else {}
                return body
        except (requests.RequestException, ValueError) as error:
            raise TrackingError(
                f"MLflow at {self._base} does not answer ({type(error).__name__}); it is tried again."
            ) from error
        who = "Identity-Aware Proxy before MLflow" if REFUSED in answer.headers else "MLflow"
        kind = TooLarge if answer.status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE else TrackingError
        raise kind(f"{who} at {self._base} answered {answer.status_code} to {path}: {answer.text[:300]}")


def _run(answer: Mapping[str, Any]) -> Run:
    info, data = answer["info"], answer.get("data", {})
    tags, parameters = (
        {one["key"]: one["value"] for one in data.get(kind, ())} for kind in ("tags", "params")
    )
    return Run(info["run_id"], str(info["experiment_id"]), info["artifact_uri"], tags, parameters)


def _parts(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """The items in lists of at most `size`."""
    rest = iter(items)
    while part := list(islice(rest, size)):
        yield part
