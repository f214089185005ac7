"""Model files on the machine of their author."""

import warnings
from pathlib import Path
from typing import Any

from ppa.core.errors import BadInput
from ppa.modelfiles.bundle import ENDING
from ppa.modelfiles.files import dump_model


def read_estimator(path: Path) -> bytes:
    """Read a model file as skops. A .joblib file is unpickled on this machine, trusted by its owner, and converted."""
    if path.suffix in (".skops", ENDING):
        return path.read_bytes()
    if path.suffix != ".joblib":
        raise BadInput(f"{path.name} is not a model file; use a .skops file, or a .joblib file of your own.")
    return dump_model(_unpickled(path))


def _unpickled(path: Path) -> Any:
    import joblib
    from sklearn.exceptions import InconsistentVersionWarning

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", InconsistentVersionWarning)
            return joblib.load(path)
    except InconsistentVersionWarning as other:
        raise BadInput(
            f"{path.name} was saved with scikit-learn {other.original_sklearn_version}; version "
            f"{other.current_sklearn_version}, installed here, may give different results.",
            f"Fit and save it again: pip install 'scikit-learn=={other.current_sklearn_version}'.",
        ) from None
    except Exception as error:
        raise BadInput(f"{path.name} cannot be loaded: {type(error).__name__}: {error}.") from error
