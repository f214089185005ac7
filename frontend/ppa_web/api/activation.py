"""Activation of models, which makes them predict every hour."""

from collections.abc import Iterator

from flask import Blueprint, Response, request

from ppa.jobs.activate import activate, activation, deactivate
from ppa.platform import Platform
from ppa.repository.aliases import check_alias, name_active
from ppa.repository.models import find_model
from ppa_web.api.json_response import json_response, lines
from ppa_web.api.models import model_details
from ppa_web.context import platform, user
from ppa_web.identity import require

activations = Blueprint("activation", __name__, url_prefix="/api/v1/models/<model_id>/activation")


@activations.put("")
@require("editor")
def put_activation(model_id: str) -> Response:
    """Activate a model: backfill recent predictions and predict every hour; responds when the backfill is complete.

    `alias` (JSON) is the alias to give it; by default it becomes champion if its label has none.
    """
    activate(platform(), model_id, user())
    return json_response(model_details(name_active(platform(), model_id, _alias(), user())))


@activations.post("")
@require("editor")
def post_activation(model_id: str) -> Response:
    """Activate a model, with a stream of progress events; the result is the model."""
    find_model(platform(), model_id)
    return lines(_activation_events(platform(), model_id, _alias(), user()))


@activations.delete("")
@require("editor")
def delete_activation(model_id: str) -> Response:
    """Deactivate a model; nothing is deleted."""
    return json_response(model_details(deactivate(platform(), model_id, user())))


def _alias() -> str | None:
    given = request.get_json(silent=True)
    return check_alias(given["alias"]) if isinstance(given, dict) and "alias" in given else None


def _activation_events(opened: Platform, model_id: str, alias: str | None, by: str) -> Iterator[object]:
    yield from activation(opened, model_id, by)
    yield model_details(name_active(opened, model_id, alias, by))
