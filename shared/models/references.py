"""What each model's novelty is measured by: stored on upload, or for an older model made from its training rows."""

import logging
from collections.abc import Mapping, Sequence

from shared.errors import PpaError, Refused
from shared.frames import HOUR, utc
from shared.models.beside import kept
from shared.models.heldout import labelled_features
from shared.models.models import Model
from shared.models.reference import LEAST_ROWS, Reference, parse_reference, summarise
from shared.platform import Platform

logger = logging.getLogger("ppa.models")

FILE = "reference.json"


def references(platform: Platform, models: Sequence[Model]) -> Mapping[str, Reference | None]:
    """By model, read once and kept with the loaded models; None where nothing is known to measure it by."""
    known = platform.loaded.references
    unknown = [model for model in models if model.model_id not in known]
    stored = _stored(platform, unknown)
    passing: dict[str, Reference | None] = {}
    for model in unknown:
        try:
            known[model.model_id] = stored.get(model.model_id) or _older(platform, model)
        except Refused:
            known[model.model_id] = None
        except PpaError as error:
            # a prediction goes on without; the next hour asks again
            logger.warning("the reference of %s cannot be had for now: %s", model.model_id, error)
            passing[model.model_id] = None
    return {**known, **passing}


def reference_of(platform: Platform, model: Model) -> Reference:
    """One model's; Refused says why there is none, and what to do."""
    return _stored(platform, [model]).get(model.model_id) or _older(platform, model)


def _stored(platform: Platform, models: Sequence[Model]) -> Mapping[str, Reference]:
    if not models:
        return {}
    ids = [model.model_id for model in models]
    rows = platform.warehouse.query("model_references", model_ids=ids).to_pylist()
    return {row["model_id"]: parse_reference(row["reference"]) for row in rows}


def _older(platform: Platform, model: Model) -> Reference:
    """Of a model from before it was stored: made once, and kept beside its file."""
    return parse_reference(kept(platform, model, FILE, lambda: _made(platform, model)).decode())


def _made(platform: Platform, model: Model) -> bytes:
    """The same, bit for bit, as the upload would store: of the training rows whose label is known."""
    rows = labelled_features(platform, model, utc(model.row["train_from"]), utc(model.row["train_to"]) + HOUR)
    found = summarise(rows)
    if found is None:
        raise Refused(
            f"Fewer than {LEAST_ROWS} rows of its training are stored here.",
            "Train it on a download from here, and upload it again.",
        )
    return found.to_json().encode()
