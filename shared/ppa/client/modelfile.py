"""Model files on the machine of their author."""

import warnings
from pathlib import Path
from typing import Any

from ppa.core.errors import BadInput
from ppa.modelfiles.bundle import ENDING, unpack
from ppa.modelfiles.files import dump_model, load_model

_PICKLES = (".joblib", ".pkl", ".pickle")
_COMPRESSED = (".gz", ".z", ".bz2", ".xz", ".lzma")


def read_estimator(path: Path) -> bytes:
    """Read a model file as skops. A pickle is loaded on this machine, trusted by its owner, and converted."""
    if path.suffix in (".skops", ENDING):
        return path.read_bytes()
    return dump_model(load_pickle(path))


def load_estimator(path: Path) -> Any:
    """Return the estimator of a model file: of a pickle, trusted by its owner, of a skops file or of a bundle."""
    if path.suffix not in (".skops", ENDING):
        return load_pickle(path)
    data = path.read_bytes()
    return load_model(unpack(data).model if path.suffix == ENDING else data, sha256=None)


def is_pickle(path: Path) -> bool:
    """Return whether a file is named as pickles are: .joblib or .pkl, also compressed, as .pkl.gz."""
    name = path.with_suffix("") if path.suffix in _COMPRESSED else path
    return name.suffix in _PICKLES


def load_pickle(path: Path) -> Any:
    """Load a pickle, which can run code: it must be of one's own. BadInput if it is none, or of another version."""
    import joblib
    from sklearn.exceptions import InconsistentVersionWarning

    if not is_pickle(path):
        raise BadInput(
            f"{path.name} is not a model file; use a .skops file, or a .joblib or .pkl file of your own."
        )
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
