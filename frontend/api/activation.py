"""Activation: the tick that makes a model predict every hour."""

from collections.abc import Iterator

from flask import Blueprint, Response

from frontend.api.encoding import answer, lines
from frontend.api.models import detailed
from frontend.context import platform, user
from frontend.identity import require
from shared.jobs.activate import activate, activation, deactivate
from shared.models.models import find_model
from shared.platform import Platform

activations = Blueprint("activation", __name__, url_prefix="/api/v1/models/<model_id>/activation")


@activations.put("")
@require("editor")
def put_activation(model_id: str) -> Response:
    """Buffer recent predictions, and predict every hour from now on; answers when it is done."""
    return answer(detailed(activate(platform(), model_id, user())))


@activations.post("")
@require("editor")
def post_activation(model_id: str) -> Response:
    """The same as a stream of progress; the result is the model."""
    find_model(platform(), model_id)
    return lines(_activated(platform(), model_id, user()))


@activations.delete("")
@require("editor")
def delete_activation(model_id: str) -> Response:
    """Predict no more; nothing is deleted."""
    return answer(detailed(deactivate(platform(), model_id, user())))


def _activated(opened: Platform, model_id: str, by: str) -> Iterator[object]:
    yield from activation(opened, model_id, by)
    yield detailed(find_model(opened, model_id))
