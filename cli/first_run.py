"""What an empty store is filled with: history, a label, two example models."""

from collections.abc import Iterator, Sequence
from typing import Any

import requests

from cli.client import IN_PLACE, Api, WsgiAdapter
from cli.show import console, follow
from cli.training import train_model
from frontend import create_app
from frontend.api.encoding import plain
from shared.errors import PpaError
from shared.frames import utc
from shared.jobs.backfill import backfill
from shared.models.models import list_models
from shared.platform import Platform

EXAMPLE_LABEL = {
    "asset": "BTC",
    "mode": "touch",
    "lookahead": 24,
    "threshold": 0.02,
    "name": "Up 2% within a day",
}
EXAMPLES = ("logistic", "boosting")


def fill_with_history(platform: Platform) -> None:
    """Fetch what is missing since `PPA_HISTORY_FROM`, and build the rows that are, with a bar."""
    result = follow(_events(platform))
    console.print(f"History: {result['stage']}.", highlight=False)


def train_examples(platform: Platform) -> None:
    """Train, register and activate the example models, once; where history is too short, say so and go on."""
    registered = {model.row["name"] for model in list_models(platform)}
    missing = [kind for kind in EXAMPLES if _name(kind) not in registered]
    if platform.data_kind() == "empty" or registered - {_name(kind) for kind in EXAMPLES} or not missing:
        return
    try:
        _train_examples(platform, missing)
    except PpaError as error:
        console.print(f"No example models: {error}", markup=False, highlight=False, soft_wrap=True)


def _name(estimator: str) -> str:
    return f"example-{estimator}"


def _train_examples(platform: Platform, estimators: Sequence[str]) -> None:
    with requests.Session() as session, console.status("training two example models"):
        session.mount(IN_PLACE, WsgiAdapter(create_app(platform)))
        api = Api(session, IN_PLACE)
        label = api.send("POST", "labels", json=EXAMPLE_LABEL)
        for estimator in estimators:
            model = train_model(api, label["label_id"], estimator, _name(estimator))
            api.send("PUT", f"models/{model['model_id']}/activation")
            console.print(f"Trained and activated {model['model_id']}.", highlight=False)


def _events(platform: Platform) -> Iterator[dict[str, Any]]:
    event: dict[str, Any] = {}
    for progress in backfill(platform, utc(platform.settings.history_from)):
        event = plain(progress)
        yield event
    yield {"result": event}
