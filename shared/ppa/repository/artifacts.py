"""What follows from a model and is costly to make: kept beside its file, and made again where it is missing."""

import logging
from collections.abc import Callable

from ppa.core.errors import Conflict, Unavailable
from ppa.platform import Platform
from ppa.repository.models import RegisteredModel

logger = logging.getLogger("ppa.models")


def get_or_create(platform: Platform, model: RegisteredModel, kind: str, make: Callable[[], bytes]) -> bytes:
    """The file `kind` of a model, made and written where there is none yet."""
    name = _name(model, kind)
    for file in platform.store.list_files(name):
        return platform.store.get(name, file.generation)
    data = make()
    save(platform, model, kind, data)
    return data


def save(platform: Platform, model: RegisteredModel, kind: str, data: bytes) -> None:
    """Write the file `kind` of a model; where there is one already, that one stays."""
    try:
        platform.store.put(_name(model, kind), data)
    except (Conflict, Unavailable) as error:
        # the model is whole without it, and what is missing is made again when it is asked for
        logger.warning("%s of %s was not kept: %s", kind, model.model_id, error)


def _name(model: RegisteredModel, kind: str) -> str:
    return f"{model.name}/{model.model_id}.{kind}"
