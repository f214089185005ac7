"""Model upload: runs the upload checks and streams their verdicts to clients that accept JSON lines."""

from collections.abc import Callable, Iterator

from flask import Blueprint, Response, request
from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import RequestEntityTooLarge

from ppa.core.contracts.dataset import Manifest
from ppa.core.contracts.upload import UploadMetadata, Verdict
from ppa.core.errors import BadInput, Conflict, NotFound, Refused
from ppa.gate.manifest import read_manifest
from ppa.gate.metadata import parse_metadata
from ppa.gate.registration import register
from ppa.gate.verdicts import STEPS, Verdicts
from ppa.modelfiles.bundle import Bundle, is_bundle, unpack
from ppa.modelfiles.errors import ModelRefused
from ppa.modelfiles.safety.archive import format_size
from ppa.repository.models import RegisteredModel
from ppa_web.api.json_response import STREAM, json_response, lines
from ppa_web.api.models import model_details
from ppa_web.api.streaming import stream_progress
from ppa_web.context import outbox, platform, user
from ppa_web.identity import require
from ppa_web.openapi.contents import Form, JsonLines
from ppa_web.openapi.operation import operation
from ppa_web.responses.models import GivenVerdict, ModelDetails, Steps

uploads = Blueprint("uploads", __name__, url_prefix="/api/v1/models")

Registered = Callable[[Verdicts], RegisteredModel]


PARTS = Form(
    files={"file": "Model as a skops file, or a bundle of model, metadata and manifest"},
    texts={
        "metadata": "JSON object: name, label_id, train_from, train_to and more; a bundle has it",
        "manifest": "Manifest of the dataset that the model was trained on",
    },
    required=("file",),
)


@uploads.post("")
@require("editor")
@operation(
    {201: ModelDetails, 200: JsonLines((Steps, GivenVerdict, ModelDetails), ModelDetails)},
    problems=(NotFound, Conflict, Refused),
    upload=PARTS,
)
def post_model() -> Response:
    """Upload a model as a form: the skops file `file`, its `metadata` and the dataset's `manifest` (JSON).

    With `Accept: application/x-ndjson` the verdicts are streamed during the checks; the result is the model.
    """
    data, metadata, manifest = _form()
    opened, mlflow, by = platform(), outbox(), user()

    def registered(verdicts: Verdicts) -> RegisteredModel:
        model = register(opened, data, metadata, by, manifest=manifest, verdicts=verdicts)
        mlflow.wake()
        mlflow.settle()
        return model

    if request.accept_mimetypes.best == STREAM:
        return lines(_upload_events(registered))
    return json_response(model_details(registered(Verdicts())), 201)


def _upload_events(registered: Registered) -> Iterator[object]:
    """Yield the list of checks, then each verdict, then the model."""
    yield {"steps": [{"step": step, "title": title} for step, title in STEPS.items()]}
    for event in stream_progress(lambda tell: registered(Verdicts(tell))):
        if isinstance(event, Verdict):
            yield {"verdict": event}
        elif isinstance(event, RegisteredModel):
            yield model_details(event)


def _form() -> tuple[bytes, UploadMetadata, Manifest | None]:
    """Parse the parts of the form; an error in one carries the verdict of its check."""
    verdicts = Verdicts()
    with verdicts.checking("size"):
        file = _file()
    parts = Bundle(file.read() if file else b"", _part("metadata"), _part("manifest"))
    if is_bundle(parts.model):
        with verdicts.checking():
            parts = _filled(unpack(parts.model), parts)
    if file is None or not parts.metadata:
        raise BadInput(
            "Send a multipart form with the model as `file` and a JSON object as `metadata`, or a bundle as `file`."
        )
    with verdicts.checking("description"):
        metadata = parse_metadata(parts.metadata)
    with verdicts.checking("dataset"):
        manifest = read_manifest(parts.manifest)
    return parts.model, metadata, manifest


def _filled(bundle: Bundle, form: Bundle) -> Bundle:
    """The parts of a bundle; metadata and manifest of the form, where it has them, take their place."""
    return Bundle(bundle.model, form.metadata or bundle.metadata, form.manifest or bundle.manifest)


def _file() -> FileStorage | None:
    """Model file in the form; ModelRefused if the request exceeds the size limit."""
    try:
        return request.files.get("file")
    except RequestEntityTooLarge:
        raise ModelRefused(
            "model_too_large",
            f"The upload exceeds {format_size(request.max_content_length or 0)} and was not read.",
            "Train a smaller model: fewer or shallower trees, or fewer stored samples.",
        ) from None


def _part(name: str) -> str:
    """A part of the form as text, sent either as a field or as a file."""
    file = request.files.get(name)
    return file.read().decode(errors="replace") if file is not None else request.form.get(name, "")
