"""Edits of registered models: aliases, rollback, tags, notes and expiry; and their history."""

from typing import Annotated

from flask import Blueprint, Response
from msgspec import Meta

from ppa.core.contracts.changes import ModelChanges
from ppa.core.contracts.common import ModelId
from ppa.core.errors import Conflict, NotFound, Refused
from ppa.gate.conversion import convert_stored
from ppa.repository.aliases import remove_alias, roll_back, set_alias
from ppa.repository.model_edits import edit_model
from ppa.repository.model_events import UPLOADED, events
from ppa.repository.models import find_model
from ppa_web.api.json_response import json_response
from ppa_web.api.models import model_details
from ppa_web.context import platform, user
from ppa_web.identity import require
from ppa_web.openapi.operation import operation
from ppa_web.responses.models import Alias, History, ModelDetails

model_edits = Blueprint("registry", __name__, url_prefix="/api/v1/models/<model_id>")


NamedAlias = Annotated[Alias, Meta(description="Alias")]


@model_edits.patch("")
@require("editor")
@operation(ModelDetails, problems=(NotFound,))
def patch_model(model_id: ModelId, body: ModelChanges) -> Response:
    """Change `notes`, `tags` or `expires_after_days` (null for never)."""
    return json_response(model_details(edit_model(platform(), model_id, body, user())))


@model_edits.put("/aliases/<alias>")
@require("editor")
@operation(ModelDetails, problems=(NotFound,))
def put_alias(model_id: ModelId, alias: NamedAlias) -> Response:
    """Make the model champion or challenger of its label."""
    return json_response(model_details(set_alias(platform(), model_id, alias, user())))


@model_edits.delete("/aliases/<alias>")
@require("editor")
@operation(ModelDetails, problems=(NotFound,))
def delete_alias(model_id: ModelId, alias: NamedAlias) -> Response:
    """Remove an alias from the model."""
    return json_response(model_details(remove_alias(platform(), model_id, alias, user())))


@model_edits.post("/rollback")
@require("editor")
@operation(ModelDetails, problems=(NotFound, Conflict))
def post_rollback(model_id: ModelId) -> Response:
    """Restore the previous champion of the model's label; the response is that model."""
    return json_response(model_details(roll_back(platform(), model_id, user())))


@model_edits.post("/program")
@require("editor")
@operation(ModelDetails, problems=(NotFound, Refused))
def post_program(model_id: ModelId) -> Response:
    """Convert a model that was stored before models were programs; its probabilities may change in the last digits.

    A model that has a program stays as it is.
    """
    return json_response(model_details(convert_stored(platform(), model_id, user())))


@model_edits.get("/history")
@operation(History, problems=(NotFound,))
def get_history(model_id: ModelId) -> Response:
    """Events of the model with time and user, oldest first."""
    model = find_model(platform(), model_id)
    upload = {"at": model.uploaded_at, "event": UPLOADED, "by": model.uploaded_by, "detail": model.file}
    return json_response({"model_id": model_id, "events": [upload, *events(platform(), model_id=model_id)]})
