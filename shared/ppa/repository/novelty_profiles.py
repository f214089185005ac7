"""Novelty profiles of models: stored at upload, or computed from the training rows for older models."""

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
    """Return each model's profile by identifier, None if there is none; read once and then cached."""
    cached = platform.loaded_programs.novelty_profiles
    missing = [model for model in models if model.model_id not in cached]
    stored = _stored(platform, missing)
    unavailable: dict[str, NoveltyProfile | None] = {}
    for model in missing:
        try:
            cached[model.model_id] = stored.get(model.model_id) or _for_older_model(platform, model)
        except Refused:
            cached[model.model_id] = None
        except PpaError as error:
            # predict without a profile; the next hour tries again
            logger.warning("the novelty profile of %s cannot be read for now: %s", model.model_id, error)
            unavailable[model.model_id] = None
    return {**cached, **unavailable}


def novelty_profile_of(platform: Platform, model: RegisteredModel) -> NoveltyProfile:
    """Return the profile of one model; raise Refused, with the reason and a remedy, if there is none."""
    return _stored(platform, [model]).get(model.model_id) or _for_older_model(platform, model)


def _stored(platform: Platform, models: Sequence[RegisteredModel]) -> Mapping[str, NoveltyProfile]:
    if not models:
        return {}
    ids = [model.model_id for model in models]
    rows = platform.warehouse.query("novelty_profiles", model_ids=ids).to_pylist()
    return {row["model_id"]: parse_profile(row["reference"]) for row in rows}


def _for_older_model(platform: Platform, model: RegisteredModel) -> NoveltyProfile:
    """Return the profile of a model stored without one, computed once and stored as an artifact."""
    return parse_profile(get_or_create(platform, model, FILE, lambda: _computed(platform, model)).decode())


def _computed(platform: Platform, model: RegisteredModel) -> bytes:
    """Compute the profile from the training rows with a resolved label, bit-identical to that of an upload."""
    rows = labelled_features(platform, model, model.train_from, model.train_to + HOUR)
    profile = novelty_profile(rows)
    if profile is None:
        raise Refused(
            f"Fewer than {MIN_ROWS} of its training rows are stored here.",
            "Train it on a dataset downloaded from this platform and upload it again.",
        )
    return profile.to_json().encode()
