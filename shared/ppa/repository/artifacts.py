"""Derived artifacts of a model, stored next to its file and recomputed when missing."""

import logging
from collections.abc import Callable

from ppa.core.errors import Conflict, Unavailable
from ppa.platform import Platform
from ppa.repository.models import RegisteredModel

logger = logging.getLogger("ppa.models")


def get_or_create(platform: Platform, model: RegisteredModel, kind: str, make: Callable[[], bytes]) -> bytes:
    """Return the artifact `kind` of a model; create it with `make` and store it if it does not exist."""
    name = _name(model, kind)
    for file in platform.store.list_files(name):
        return platform.store.get(name, file.generation)
    data = make()
    save(platform, model, kind, data)
    return data


def save(platform: Platform, model: RegisteredModel, kind: str, data: bytes) -> None:
    """Store the artifact `kind` of a model; an existing one is never overwritten."""
    try:
        platform.store.put(_name(model, kind), data)
    except (Conflict, Unavailable) as error:
        # artifacts are optional: a missing one is recomputed on the next read
        logger.warning("%s of %s was not stored: %s", kind, model.model_id, error)


def _name(model: RegisteredModel, kind: str) -> str:
    return f"{model.name}/{model.model_id}.{kind}"
