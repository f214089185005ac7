"""An app that is running, or opened in place: its labels, data, models and predictions, as frames and records."""

import io
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from types import TracebackType
from typing import TYPE_CHECKING, Any

import pandas as pd

from ppa.client.api import Api, connect_api
from ppa.client.data import Data, chosen_features
from ppa.client.records import Record
from ppa.client.upload import print_verdict, send_model
from ppa.ops.settings import load_settings

if TYPE_CHECKING:
    import plotly.graph_objects as go


def connect(url: str | None = None) -> "App":
    """Connect to the app at `url`, at `PPA_URL`, to the one that runs here, or open its folder in place.

    Raises Unavailable if no app responds. Close the app, or use it as a context manager, to let go of a folder
    that was opened in place.

    Examples
    --------
    >>> with connect() as app:
    ...     labels = app.labels()
    >>> labels.index.name
    'label_id'
    """
    stack = ExitStack()
    return App(stack.enter_context(connect_api(load_settings(), url)), stack)


class App:
    """Client of one app. Every method asks the API; its problems are raised as ApiProblem with their sentence.

    Examples
    --------
    >>> app = connect()
    >>> data = app.dataset(lookahead=6, threshold=0.01, features=["price action", "calendar"])
    >>> data.X.columns[:2].tolist()
    ['btc_usd_return_1h', 'btc_usd_return_24h']
    >>> app.models().index.name
    'model_id'
    """

    def __init__(self, api: Api, stack: ExitStack | None = None) -> None:
        self._api, self._stack = api, stack or ExitStack()

    def dataset(
        self,
        label_id: str | None = None,
        *,
        lookahead: int = 24,
        threshold: float = 0.02,
        mode: str = "touch",
        stop_loss: float | None = None,
        volatility_window: int | None = None,
        asset: str = "BTC",
        name: str = "",
        since: str | None = None,
        until: str | None = None,
        features: list[str] | str | None = None,
    ) -> Data:
        """Download the dataset of a saved label, or of the label defined here, which is saved first.

        `lookahead` and `volatility_window` are in hours, `threshold` and `stop_loss` fractions or, with a window,
        multiples of the volatility; `since` and `until` bound the hours (UTC). `features` names columns or groups of
        `app.features()`; all by default.
        """
        if label_id is None:
            definition = {
                "asset": asset,
                "mode": mode,
                "lookahead": lookahead,
                "threshold": threshold,
                "name": name,
            }
            distances = {"stop_loss": stop_loss, "volatility_window": volatility_window}
            label_id = self._api.send("POST", "labels", json=definition | _given(distances))["label_id"]
        bounds = _given({"from": since, "to": until})
        manifest = self._api.get(f"labels/{label_id}/manifest.json", **bounds)
        content = self._read(f"labels/{label_id}/dataset.parquet", sha256=manifest["sha256"], **bounds)
        groups = (
            {one["name"]: one["group"] for one in self._api.get("features")["features"]} if features else {}
        )
        frame = pd.read_parquet(io.BytesIO(content)).set_index("ts")
        return Data(frame, manifest, chosen_features(manifest, groups, features))

    def upload(
        self,
        model: Any,
        name: str | None = None,
        data: Data | None = None,
        *,
        train: pd.DataFrame | None = None,
        on_verdict: Any = None,
        mlflow: bool = False,
        **metadata: Any,
    ) -> Record:
        """Upload a fitted estimator, a model file, a bundle or bytes of either; return the registered model.

        Label, columns, training hours, library versions and the dataset's manifest are taken from `data` and the
        model. The training hours are those of `data.train`, or of `train` where it was fitted on other rows. Further
        fields of the metadata (docs/models.md), such as `notes`, `tags` or `decision_threshold`, may be given by
        name. The verdict of each check is printed as it comes, or passed to `on_verdict`. With `mlflow` a run is begun
        where MLFLOW_TRACKING_URI is set, and the upload completes it.
        """
        report = on_verdict or print_verdict
        return Record(send_model(self._api, model, name, data, train, metadata, report, mlflow=mlflow))

    def labels(self) -> pd.DataFrame:
        """Return the saved labels, a row each, indexed by `label_id`."""
        return _frame(self._api.get("labels")["labels"], "label_id")

    def models(self, label_id: str | None = None) -> pd.DataFrame:
        """Return the registered models, newest first, indexed by `model_id`, with their held-out metrics."""
        rows = [one | one.pop("metrics") for one in self._api.get("models")["models"]]
        return _frame([row for row in rows if label_id in (None, row["label_id"])], "model_id")

    def model(self, model_id: str) -> Record:
        """Return everything that is known of a model."""
        return Record(self._api.get(f"models/{model_id}"))

    def activate(self, model_id: str) -> Record:
        """Activate a model: predictions for recent hours are filled in now, then one is made every hour."""
        return Record(self._last(self._api.events(f"models/{model_id}/activation")))

    def deactivate(self, model_id: str) -> Record:
        """Stop a model's predictions; those it made stay."""
        return Record(self._api.send("DELETE", f"models/{model_id}/activation"))

    def predictions(
        self, model_id: str, *, origin: str = "", since: str | None = None, until: str | None = None
    ) -> pd.DataFrame:
        """Return a model's predictions with their outcomes, newest first, indexed by `ts` (UTC).

        `origin` is `live`, `buffer` (backfilled on activation), `replay`, several with commas, or all.
        """
        bounds = _given({"from": since, "to": until, "origin": origin or None})
        content = self._read("predictions.parquet", model_id=model_id, **bounds)
        return pd.read_parquet(io.BytesIO(content)).set_index("ts")

    def performance(self, model_id: str, *, origin: str = "live", window: str = "all") -> Record:
        """Return the running performance of a model's predictions of one origin within `24h`, `7d`, `30d` or `all`."""
        return Record(self._api.get(f"models/{model_id}/performance", origin=origin, window=window))

    def features(self) -> pd.DataFrame:
        """Return the features of every hour: group, unit, coverage, sources; indexed by name."""
        return _frame(self._api.get("features")["features"], "name")

    def status(self) -> Record:
        """Return whether the app runs, is fresh, and what needs attention."""
        return Record(self._api.get("status"))

    def figure(
        self, kind: str, *, label_id: str | None = None, models: Sequence[str] = (), origin: str = "live"
    ) -> "go.Figure":
        """Return a Plotly figure of the data that the pages show.

        `kind` is `price` (with the hours that `label_id` labels 1), `roc` or `calibration` (of held-out hours), or
        `running_accuracy` (of predictions of one origin); the latter three of `models`.
        """
        from ppa.client.figures import figure

        return figure(self._api, kind, label_id=label_id, models=list(models), origin=origin)

    def read_gbq(
        self,
        query_or_table: str,
        *,
        max_mib: int = 200,
        configuration: Mapping[str, Any] | None = None,
        **options: Any,
    ) -> pd.DataFrame:
        """Read a deployed table by its name, or any SQL in which `{dataset}` stands for the dataset, by pandas-gbq.

        BigQuery refuses a query that would bill more than `max_mib`. `configuration` and `options` are those of
        `pandas_gbq.read_gbq`.
        """
        from ppa.client.bigquery import read_deployed

        return read_deployed(
            self._api, query_or_table, max_mib=max_mib, configuration=configuration or {}, **options
        )

    def close(self) -> None:
        """Let go of the connection, and of a folder that was opened in place."""
        self._stack.close()

    def _read(self, path: str, **arguments: object) -> bytes:
        return b"".join(self._api.download(path, **arguments))

    def _last(self, events: Iterator[dict[str, Any]]) -> Mapping[str, Any]:
        result: Mapping[str, Any] = deque(events, maxlen=1)[0]["result"]
        return result

    def __enter__(self) -> "App":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        """Return the address."""
        return f"App({self._api.base})"


def _given(fields: Mapping[str, object]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}


def _frame(rows: Sequence[Mapping[str, Any]], index: str) -> pd.DataFrame:
    """Return rows of JSON as a frame; columns of times (ISO 8601) become UTC timestamps."""
    frame = pd.DataFrame(list(rows))
    if index not in frame:
        return pd.DataFrame(index=pd.Index([], name=index))
    for column in frame.columns:
        texts = frame[column].dropna()
        if len(texts) and texts.map(lambda value: isinstance(value, str) and value[10:11] == "T").all():
            frame[column] = pd.to_datetime(frame[column], utc=True, format="ISO8601")
    return frame.set_index(index)
