"""Activation of models, which makes them predict every hour."""

from collections.abc import Iterator
from typing import Annotated

from flask import Blueprint, Response
from msgspec import Meta

from ppa.core.contracts.common import ModelId
from ppa.core.contracts.record import Body
from ppa.core.errors import Conflict, NotFound
from ppa.jobs.activate import activate, activation, deactivate
from ppa.platform import Platform
from ppa.repository.aliases import name_active
from ppa.repository.models import find_model
from ppa_web.api.json_response import json_response, lines
from ppa_web.api.models import model_details
from ppa_web.context import platform, user
from ppa_web.identity import require
from ppa_web.openapi.contents import JsonLines
from ppa_web.openapi.operation import operation
from ppa_web.responses.models import Alias, ModelDetails
from ppa_web.responses.progress import Progress

activations = Blueprint("activation", __name__, url_prefix="/api/v1/models/<model_id>/activation")


class Activation(Body, frozen=True, kw_only=True):
    """How to activate a model."""

    alias: Annotated[
        Alias | None,
        Meta(description="Alias to give it; by default it becomes champion if its label has none"),
    ] = None


@activations.put("")
@require("editor")
@operation(ModelDetails, problems=(NotFound, Conflict))
def put_activation(model_id: ModelId, body: Activation | None) -> Response:
    """Activate a model: backfill recent predictions and predict every hour; responds when the backfill is complete."""
    activate(platform(), model_id, user())
    return json_response(model_details(name_active(platform(), model_id, _alias(body), user())))


@activations.post("")
@require("editor")
@operation(JsonLines((Progress, ModelDetails), ModelDetails), problems=(NotFound, Conflict))
def post_activation(model_id: ModelId, body: Activation | None) -> Response:
    """Activate a model, with a stream of progress events; the result is the model."""
    find_model(platform(), model_id)
    return lines(_activation_events(platform(), model_id, _alias(body), user()))


@activations.delete("")
@require("editor")
@operation(ModelDetails, problems=(NotFound,))
def delete_activation(model_id: ModelId) -> Response:
    """Deactivate a model; nothing is deleted."""
    return json_response(model_details(deactivate(platform(), model_id, user())))


def _alias(body: Activation | None) -> str | None:
    return body.alias if body else None


def _activation_events(opened: Platform, model_id: str, alias: str | None, by: str) -> Iterator[object]:
    yield from activation(opened, model_id, by)
    yield model_details(name_active(opened, model_id, alias, by))
