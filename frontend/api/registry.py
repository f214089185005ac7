"""The registry: aliases, rollback, tags, notes, expiry, and who did what when."""

from flask import Blueprint, Response

from frontend.api.arguments import body
from frontend.api.encoding import answer
from frontend.api.models import detailed
from frontend.context import platform, user
from frontend.identity import require
from shared.models.aliases import remove_alias, roll_back, set_alias
from shared.models.changes import change
from shared.models.events import UPLOADED, events
from shared.models.models import find_model

registry = Blueprint("registry", __name__, url_prefix="/api/v1/models/<model_id>")


@registry.patch("")
@require("editor")
def patch_model(model_id: str) -> Response:
    """Change `notes`, `tags` or `expires_after_days` (null: never)."""
    return answer(detailed(change(platform(), model_id, body(), user())))


@registry.put("/aliases/<alias>")
@require("editor")
def put_alias(model_id: str, alias: str) -> Response:
    """Make it the champion or the challenger of its label."""
    return answer(detailed(set_alias(platform(), model_id, alias, user())))


@registry.delete("/aliases/<alias>")
@require("editor")
def delete_alias(model_id: str, alias: str) -> Response:
    """Take the alias away from it."""
    return answer(detailed(remove_alias(platform(), model_id, alias, user())))


@registry.post("/rollback")
@require("editor")
def post_rollback(model_id: str) -> Response:
    """Make the champion before this one the champion of its label again; that one."""
    return answer(detailed(roll_back(platform(), model_id, user())))


@registry.get("/history")
def get_history(model_id: str) -> Response:
    """Who did what with it when, oldest first."""
    row = find_model(platform(), model_id).row
    upload = {"at": row["uploaded_at"], "event": UPLOADED, "by": row["uploaded_by"], "detail": row["file"]}
    return answer({"model_id": model_id, "events": [upload, *events(platform(), model_id=model_id)]})
