"""Upload: a model file through the gate, whose verdicts are told as they come to whoever takes a stream."""

from collections.abc import Callable, Iterator

from flask import Blueprint, Response, request
from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import RequestEntityTooLarge

from ppa.core.errors import BadInput
from ppa.gate.manifest import Manifest, read_manifest
from ppa.gate.metadata import Metadata, parse_metadata
from ppa.gate.registration import register
from ppa.gate.verdicts import STEPS, Verdict, Verdicts
from ppa.modelfiles.errors import ModelRefused
from ppa.modelfiles.safety.archive import sized
from ppa.repository.models import RegisteredModel
from ppa_web.api.json_response import STREAM, json_response, lines
from ppa_web.api.models import detailed
from ppa_web.api.streaming import stream_progress
from ppa_web.context import outbox, platform, user
from ppa_web.identity import require

uploads = Blueprint("uploads", __name__, url_prefix="/api/v1/models")

Registered = Callable[[Verdicts], RegisteredModel]


@uploads.post("")
@require("editor")
def post_model() -> Response:
    """Upload: the skops file as `file`, what its author says of it as `metadata`, the dataset's `manifest` (JSON).

    With `Accept: application/x-ndjson` the verdicts come as lines while the gate runs; the result is the model.
    """
    data, metadata, manifest = _form()
    opened, mlflow, by = platform(), outbox(), user()

    def registered(verdicts: Verdicts) -> RegisteredModel:
        model = register(opened, data, metadata, by, manifest=manifest, verdicts=verdicts)
        mlflow.wake()
        mlflow.settle()
        return model

    if request.accept_mimetypes.best == STREAM:
        return lines(_judged(registered))
    return json_response(detailed(registered(Verdicts())), 201)


def _judged(registered: Registered) -> Iterator[object]:
    """All steps there are, then each verdict as it comes, then the model."""
    yield {"steps": [{"step": step, "title": title} for step, title in STEPS.items()]}
    for heard in stream_progress(lambda tell: registered(Verdicts(tell))):
        if isinstance(heard, Verdict):
            yield {"verdict": heard.to_dict()}
        elif isinstance(heard, RegisteredModel):
            yield detailed(heard)


def _form() -> tuple[bytes, Metadata, Manifest | None]:
    """The form's parts; a refusal of one carries its verdict."""
    verdicts = Verdicts()
    with verdicts.judging("size"):
        file = _file()
    said = _part("metadata")
    if file is None or not said:
        raise BadInput("Send a multipart form with the model as `file` and a JSON object as `metadata`.")
    with verdicts.judging("description"):
        metadata = parse_metadata(said)
    with verdicts.judging("dataset"):
        manifest = read_manifest(_part("manifest"))
    return file.read(), metadata, manifest


def _file() -> FileStorage | None:
    """The model's part of the form; ModelRefused where the whole request is larger than is read at all."""
    try:
        return request.files.get("file")
    except RequestEntityTooLarge:
        raise ModelRefused(
            "model_too_large",
            f"The upload is larger than {sized(request.max_content_length or 0)}, and was not read.",
            "Train a smaller model: fewer or shallower trees, or fewer stored samples.",
        ) from None


def _part(name: str) -> str:
    """A part of the form, whether it came as a field or as a file."""
    file = request.files.get(name)
    return file.read().decode(errors="replace") if file is not None else request.form.get(name, "")
