"""Client of the MLflow REST API: https://mlflow.org/docs/latest/rest-api.html

MLflow's own client pins versions that conflict with the platform's, so it is not installed; tests read the logged runs
back through it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from itertools import islice
from typing import Any, NamedTuple, TypeVar
from urllib.parse import quote

import requests

from ppa.ops.iap import IAP_RESPONSE_HEADER, iam_address, signed_jwt
from ppa.ops.settings import Settings
from ppa.outside.tracking.errors import TooLarge, TrackingError

TIMEOUT = (2.0, 30.0)  # seconds to connect, to read
METRICS_A_CALL, PARAMETERS_A_CALL = 500, 100
MAX_PARAMETER_LENGTH = 500
PROXIED = "mlflow-artifacts:/"
FINISHED = "FINISHED"

T = TypeVar("T")


class Metric(NamedTuple):
    """A metric; those with a `step` form a curve."""

    key: str
    value: float
    step: int = 0


@dataclass(frozen=True)
class Run:
    """A run, with the location of its files, its tags, and its parameters, which are immutable."""

    run_id: str
    experiment_id: str
    artifact_uri: str
    tags: Mapping[str, str]
    parameters: Mapping[str, str]


class Mlflow:
    """One tracking server. Methods raise TrackingError."""

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
        """Id of the experiment with this name; it is created if needed."""
        experiment_id = self._find_experiment(name)
        if experiment_id is None:
            try:
                return str(self._post("experiments/create", name=name)["experiment_id"])
            except TrackingError:
                experiment_id = self._find_experiment(name)  # another process created it just now
                if experiment_id is None:
                    raise
        return experiment_id

    def find_runs(self, experiment_id: str, tag: str, value: str) -> list[Run]:
        """Runs of an experiment that have a tag with this value, without deleted ones."""
        filter_by = f"tags.`{tag}` = '{value}'"
        response = self._post(
            "runs/search", experiment_ids=[experiment_id], filter=filter_by, max_results=100
        )
        return [_run(one) for one in response.get("runs", [])]

    def get_run(self, run_id: str) -> Run | None:
        """Run by id; None if the server has no such run."""
        try:
            return _run(self._call("GET", "api/2.0/mlflow/runs/get", params={"run_id": run_id})["run"])
        except TrackingError as error:
            if "RESOURCE_DOES_NOT_EXIST" in str(error):
                return None
            raise

    def create_run(
        self, experiment_id: str, name: str, user: str, started: int, tags: Mapping[str, str]
    ) -> Run:
        """Create a run that started at `started`, in milliseconds since 1970."""
        tag_list = [
            {"key": key, "value": value} for key, value in ({"mlflow.user": user} | dict(tags)).items()
        ]
        response = self._post(
            "runs/create",
            experiment_id=experiment_id,
            run_name=name,
            user_id=user,
            start_time=started,
            tags=tag_list,
        )
        return _run(response["run"])

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
        """Add parameters, metrics and tags to a run. Idempotent; existing parameters are kept.

        `at` is the time of the metrics, in milliseconds since 1970.
        """
        new = ((key, value) for key, value in parameters.items() if key not in run.parameters)
        for part in _parts(new, PARAMETERS_A_CALL):
            self._batch(run, params=[{"key": k, "value": v[:MAX_PARAMETER_LENGTH]} for k, v in part])
        for some in _parts(metrics, METRICS_A_CALL):
            self._batch(run, metrics=[one._asdict() | {"timestamp": at} for one in some])
        if tags:
            self._batch(run, tags=[{"key": key, "value": value} for key, value in tags.items()])

    def put_file(self, run: Run, path: str, data: bytes) -> bool:
        """Add a file to a run; return False if the server does not proxy artifacts or the file is too large."""
        if not run.artifact_uri.startswith(PROXIED):
            return False
        folder = run.artifact_uri.removeprefix(PROXIED).strip("/")
        try:
            self._call("PUT", f"api/2.0/mlflow-artifacts/artifacts/{quote(f'{folder}/{path}')}", data=data)
        except TooLarge:
            return False
        return True

    def finish(self, run: Run, name: str, at: int) -> None:
        """Mark a run as finished and set its name; `at` is in milliseconds since 1970."""
        self._post("runs/update", run_id=run.run_id, status=FINISHED, run_name=name, end_time=at)

    def _find_experiment(self, name: str) -> str | None:
        try:
            response = self._call(
                "GET", "api/2.0/mlflow/experiments/get-by-name", params={"experiment_name": name}
            )
        except TrackingError as error:
            if "RESOURCE_DOES_NOT_EXIST" in str(error):
                return None
            raise
        return str(response["experiment"]["experiment_id"])

    def _batch(self, run: Run, **fields: object) -> None:
        self._post("runs/log-batch", run_id=run.run_id, **fields)

    def _post(self, path: str, **body: object) -> dict[str, Any]:
        return self._call("POST", f"api/2.0/mlflow/{path}", json=body)

    def _call(self, method: str, path: str, **options: Any) -> dict[str, Any]:
        # a redirect leads to a sign-in page and turns a POST into a GET
        options |= {"timeout": TIMEOUT, "allow_redirects": False}
        try:
            response = self._session.request(method, f"{self._base}/{path}", **options)
            if response.ok and not response.is_redirect:
                body: dict[str, Any] = response.json() if response.content else {}
                return body
        except (requests.RequestException, ValueError) as error:
            raise TrackingError(
                f"MLflow at {self._base} does not respond ({type(error).__name__}); the app will retry."
            ) from error
        server = "Identity-Aware Proxy before MLflow" if IAP_RESPONSE_HEADER in response.headers else "MLflow"
        kind = TooLarge if response.status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE else TrackingError
        raise kind(
            f"{server} at {self._base} returned status {response.status_code} for {path}: {response.text[:300]}"
        )


def _run(response: Mapping[str, Any]) -> Run:
    info, data = response["info"], response.get("data", {})
    tags, parameters = (
        {one["key"]: one["value"] for one in data.get(kind, ())} for kind in ("tags", "params")
    )
    return Run(info["run_id"], str(info["experiment_id"]), info["artifact_uri"], tags, parameters)


def _parts(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Split items into lists of at most `size`."""
    rest = iter(items)
    while part := list(islice(rest, size)):
        yield part
