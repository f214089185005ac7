"""Fill an empty store with history, a label and two example models."""

import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import requests

from ppa.cli.show import console, follow
from ppa.cli.timer import LAST_MOMENT
from ppa.cli.training import train_model
from ppa.client.api import Api
from ppa.core.errors import PpaError, Unavailable
from ppa.core.plain_json import jsonable
from ppa.core.times import utc
from ppa.jobs.backfill import backfill
from ppa.platform import Platform
from ppa.repository.models import list_models

EXAMPLE_LABEL = {
    "asset": "BTC",
    "mode": "touch",
    "lookahead": 24,
    "threshold": 0.02,
    "name": "Up 2% within a day",
}
EXAMPLES = ("logistic", "boosting")
ProgressCallback = Callable[[str, int, int], object]


def fill_with_history(platform: Platform) -> None:
    """Fetch missing history since `PPA_HISTORY_FROM` and build missing rows, with a progress bar."""
    result = follow(_events(platform))
    console.print(f"History: {result['stage']}.", highlight=False)


def missing_examples(platform: Platform) -> Sequence[str]:
    """Example models still to be trained; none without data, or if there are models other than the examples."""
    registered = {model.name for model in list_models(platform)}
    own = registered - {_name(kind) for kind in EXAMPLES}
    if own or platform.data_kind() == "empty":
        return ()
    return [kind for kind in EXAMPLES if _name(kind) not in registered]


def train_examples(
    api: Api, estimators: Sequence[str], on_progress: ProgressCallback = lambda stage, done, of: None
) -> None:
    """Train, register and activate example models through the API."""
    from ppa.client.app import App

    label = api.send("POST", "labels", json=EXAMPLE_LABEL)
    on_progress("downloading the dataset", 0, 0)
    data = App(api).dataset(label["label_id"])
    for estimator in estimators:
        model = train_model(api, data, estimator, _name(estimator), on_progress)
        api.send("PUT", f"models/{model['model_id']}/activation")
        console.print(f"Trained and activated {model['model_id']}.", highlight=False)


class ExampleTraining(threading.Thread):
    """Background thread that trains example models through the API at `address`.

    Errors, such as too short a history, are printed.
    """

    def __init__(self, address: str, estimators: Sequence[str]) -> None:
        super().__init__(name="examples", daemon=True)
        self._address, self._estimators = address, estimators
        self._stopping = threading.Event()

    def run(self) -> None:
        """Train the example models; an interrupted training continues at the next start."""
        if not self._estimators:
            return
        console.print(f"Training {len(self._estimators)} example models in the background.", highlight=False)
        try:
            with requests.Session() as session:
                session.trust_env = False
                train_examples(Api(session, self._address), self._estimators, self._on_progress)
        except PpaError as error:
            if not self._stopping.is_set():
                console.print(f"No example models: {error}", markup=False, highlight=False, soft_wrap=True)

    def cancel(self) -> None:
        """Stop training at its next step, and print nothing more."""
        self._stopping.set()

    def stop(self) -> None:
        """Stop training; waits a moment for the current request."""
        self.cancel()
        if self.is_alive():
            self.join(LAST_MOMENT)

    def _on_progress(self, stage: str, done: int, of: int) -> None:
        if self._stopping.is_set():
            raise Unavailable("The app was stopped.")


def _name(estimator: str) -> str:
    return f"example-{estimator}"


def _events(platform: Platform) -> Iterator[dict[str, Any]]:
    event: dict[str, Any] = {}
    for progress in backfill(platform, utc(platform.settings.history_from)):
        event = jsonable(progress)
        yield event
    yield {"result": event}
