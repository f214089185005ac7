"""What each model's novelty is measured by: stored on upload, or for an older model made from its training rows."""

import logging
from collections.abc import Mapping, Sequence

from ppa.core.errors import PpaError, Refused
from ppa.core.novelty import MIN_ROWS, NoveltyProfile, novelty_profile, parse_profile
from ppa.core.times import HOUR
from ppa.platform import Platform
from ppa.repository.artifacts import get_or_create
from ppa.repository.holdout_predictions import labelled_features
from ppa.repository.models import RegisteredModel

logger = logging.getLogger("ppa.models")

FILE = "reference.json"


def novelty_profiles(
    platform: Platform, models: Sequence[RegisteredModel]
) -> Mapping[str, NoveltyProfile | None]:
    """By model, read once and kept with the loaded models; None where nothing is known to measure it by."""
    known = platform.loaded_models.novelty_profiles
    unknown = [model for model in models if model.model_id not in known]
    stored = _stored(platform, unknown)
    passing: dict[str, NoveltyProfile | None] = {}
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


def novelty_profile_of(platform: Platform, model: RegisteredModel) -> NoveltyProfile:
    """One model's; Refused says why there is none, and what to do."""
    return _stored(platform, [model]).get(model.model_id) or _older(platform, model)


def _stored(platform: Platform, models: Sequence[RegisteredModel]) -> Mapping[str, NoveltyProfile]:
    if not models:
        return {}
    ids = [model.model_id for model in models]
    rows = platform.warehouse.query("novelty_profiles", model_ids=ids).to_pylist()
    return {row["model_id"]: parse_profile(row["reference"]) for row in rows}


def _older(platform: Platform, model: RegisteredModel) -> NoveltyProfile:
    """Of a model from before it was stored: made once, and kept beside its file."""
    return parse_profile(get_or_create(platform, model, FILE, lambda: _made(platform, model)).decode())


def _made(platform: Platform, model: RegisteredModel) -> bytes:
    """The same, bit for bit, as the upload would store: of the training rows whose label is known."""
    rows = labelled_features(platform, model, model.train_from, model.train_to + HOUR)
    found = novelty_profile(rows)
    if found is None:
        raise Refused(
            f"Fewer than {MIN_ROWS} rows of its training are stored here.",
            "Train it on a download from here, and upload it again.",
        )
    return found.to_json().encode()
