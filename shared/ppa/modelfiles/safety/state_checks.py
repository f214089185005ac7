"""Check the state of built estimators: a valid type does not imply valid content.

Every part must have a type whose attributes are listed, and no others; what steers compiled code is checked further.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from ppa.core.errors import MALFORMED
from ppa.modelfiles.errors import ModelRefused
from ppa.modelfiles.safety.allowlist import BUNCH, LIGHTGBM, LOSSES, TUPLE_PARTS, XGBOOST
from ppa.modelfiles.safety.attributes import FITTED
from ppa.modelfiles.safety.compiled_checks import CHECKS, require, type_name

if TYPE_CHECKING:
    from sklearn.base import BaseEstimator

_LIBRARIES = ("sklearn.", "lightgbm.", "xgboost.")
# parameters that affect the machine rather than the results
_NEUTRAL: dict[str, object] = {"n_jobs": None, "memory": None, "verbose": 0}


def sanitize(estimator: "BaseEstimator") -> None:
    """Check every part of a built estimator and disable its threads, caches and output."""
    for part in parts(estimator):
        try:
            _check(part)
        except MALFORMED as error:
            raise invalid_state(type(part).__name__, str(error)) from error
        _neutralise(part)


def invalid_state(where: str, why: str) -> ModelRefused:
    """Return the error for a state that cannot result from fitting."""
    return ModelRefused(
        "model_unsound",
        f"The {where} in the model file is damaged or was modified: {why or 'its state is incomplete'}.",
        "Fit and save the model again.",
    )


def parts(estimator: "BaseEstimator") -> Iterator[object]:
    """Yield every object inside a fitted estimator, including itself, once."""
    seen: set[int] = set()
    waiting: list[object] = [estimator]
    while waiting:
        part = waiting.pop()
        if id(part) not in seen:
            seen.add(id(part))
            yield part
            waiting.extend(_inside(part))


def _inside(part: object) -> list[object]:
    if isinstance(part, dict):
        return list(part.values())
    if isinstance(part, list | tuple):
        return list(part)
    if isinstance(part, np.ndarray):
        return list(part.flat) if part.dtype == object else []
    return list(getattr(part, "__dict__", {}).values()) if type_name(part).startswith(_LIBRARIES) else []


def _neutralise(part: object) -> None:
    attributes = getattr(part, "__dict__", {})
    for name, value in _NEUTRAL.items():
        if name in attributes:
            attributes[name] = value
    if type_name(attributes.get("random_state")).startswith("numpy.random."):
        attributes["random_state"] = 0  # no prediction needs it, and its state is not checked
    if type_name(part) in {LIGHTGBM, XGBOOST}:
        attributes["n_jobs"] = 1  # to these two, None means all cores


def _check(part: object) -> None:
    """Raise ValueError if the part has an attribute that no fitted one has, or a number that misleads compiled code."""
    name = type_name(part)
    if name in FITTED:
        _check_attributes(part, FITTED[name])
    elif name.startswith(_LIBRARIES):
        # a bunch is a dictionary, whose values are parts of their own
        require(name in CHECKS or name in TUPLE_PARTS | LOSSES | {BUNCH}, "its type has no check")
    if name in CHECKS:
        CHECKS[name](part)


def _check_attributes(part: object, fitted: frozenset[str]) -> None:
    parameters: list[str] = getattr(type(part), "_get_param_names", list)()
    options: dict[str, object] = getattr(part, "_other_params", {}) if type_name(part) == LIGHTGBM else {}
    for name in vars(part):
        require(
            name in fitted or name in parameters or name in options, f"it has the attribute {name[:40]!r}"
        )
        require(not callable(getattr(type(part), name, None)), f"its method {name[:40]!r} was replaced")
