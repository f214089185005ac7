"""Model files: skops archives of scikit-learn classifiers, built only from a fixed list of types.

Nothing here unpickles. Only `dumps` and `loads` of skops are used, never `Card.get_model`, which falls back to
joblib for files that are not archives (CVE-2025-54886).
"""

from collections.abc import Mapping
from hashlib import sha256 as sha256_of
from importlib.metadata import version as version_of
from importlib.util import find_spec
from typing import TYPE_CHECKING

from ppa.modelfiles.errors import ModelRefused
from ppa.modelfiles.safety.allowlist import OPTIONAL, TRUSTED_BY_SKOPS, XGBOOST
from ppa.modelfiles.safety.archive import DEFAULT_LIMITS, FileLimits, open_archive
from ppa.modelfiles.safety.schema import read_schema
from ppa.modelfiles.sandbox import FileReport

if TYPE_CHECKING:
    from sklearn.base import BaseEstimator

# by the name of the module; pyproject.toml and constraints.txt pin the same
OPTIONAL_REQUIREMENTS = {"lightgbm": "lightgbm==4.7.0", "xgboost": "xgboost-cpu==3.2.0"}
_NAMES_OF_SKLEARN = ("scikit-learn", "sklearn")


def dump_model(estimator: "BaseEstimator") -> bytes:
    """Return the model file of a fitted estimator; raise ModelRefused if it would not be accepted at upload.

    Examples
    --------
    >>> import pandas as pd
    >>> from sklearn.linear_model import LogisticRegression
    >>> rows = pd.DataFrame({"btc_usd_return_1h": [-0.01, 0.02, 0.01, -0.02]})
    >>> data = dump_model(LogisticRegression().fit(rows, [0, 1, 1, 0]))
    >>> data[:2]  # a zip archive
    b'PK'
    """
    from zipfile import ZIP_DEFLATED

    from skops.io import dumps

    try:
        data = bytes(dumps(estimator, compression=ZIP_DEFLATED))
    except (RecursionError, TypeError) as error:
        raise ModelRefused(
            "model_type_not_allowed",
            f"The model cannot be saved as a skops file: {error}.",
            "Use scikit-learn's own classifiers and transformers.",
        ) from error
    inspect(data)
    return data


def inspect(data: bytes, limits: FileLimits = DEFAULT_LIMITS) -> FileReport:
    """Check a file's archive, schema, types and versions without building anything; raise ModelRefused if invalid."""
    with open_archive(data, limits) as archive:
        contents = read_schema(archive, limits)
        members = archive.infolist()
    version = _one_version(contents.versions)
    _check_installed(contents.types)
    if contents.versions or contents.root != XGBOOST:  # XGBoost models state no scikit-learn version
        check_versions({"scikit-learn": version})
    return FileReport(
        size=len(data),
        sha256=sha256_of(data).hexdigest(),
        members=len(members),
        unpacked=sum(member.file_size for member in members),
        estimator=contents.root,
        types=tuple(sorted(contents.types)),
        sklearn_version=version,
    )


def load_model(data: bytes, *, sha256: str | None) -> "BaseEstimator":
    """Build the estimator of a model file after `inspect`; `sha256` (hex) is checked first if given.

    The estimator is set to run in one thread, without cache and output, regardless of the file's parameters.
    Raises ModelRefused if a check fails.
    """
    check_sha256(data, sha256)
    inspect(data)
    return build(data)


def build(data: bytes) -> "BaseEstimator":
    """Build the estimator of a file that has passed `inspect`; raise ModelRefused if its state is invalid."""
    from skops.io import loads

    from ppa.modelfiles.safety.state_checks import invalid_state, sanitize

    try:
        estimator = loads(data, trusted=TRUSTED_BY_SKOPS)
    except MemoryError as error:
        raise ModelRefused(
            "model_too_large",
            "The model needs more memory to be built than is available.",
            "Train a smaller model: fewer or shallower trees, or fewer stored samples.",
        ) from error
    except Exception as error:
        raise invalid_state("state of the estimator", f"{type(error).__name__}: {error}") from error
    sanitize(estimator)
    return estimator


def check_sha256(data: bytes, expected: str | None) -> None:
    """Raise ModelRefused if `expected` is given and differs from the file's SHA-256."""
    actual = sha256_of(data).hexdigest()
    if expected is not None and actual != expected.lower():
        raise ModelRefused(
            "model_checksum",
            f"The model file has the SHA-256 {actual}, not {expected}; it was damaged or replaced.",
            "Upload it again.",
        )


def check_versions(versions: Mapping[str, str]) -> None:
    """Raise ModelRefused unless scikit-learn in `versions` has the installed major and minor version."""
    running = version_of("scikit-learn")
    stated = next((versions[name] for name in _NAMES_OF_SKLEARN if name in versions), "")
    if _minor(stated) != _minor(running):
        raise ModelRefused(
            "model_version",
            f"The model was saved with scikit-learn {stated or 'of an unknown version'}, but this platform "
            f"runs {running}.",
            f"Fit and save it again with scikit-learn {_minor(running)}: pip install 'scikit-learn=={running}'.",
        )


def _check_installed(types: set[str]) -> None:
    required = {name.partition(".")[0] for name in types & OPTIONAL}
    missing = sorted(name for name in required if find_spec(name) is None)
    if missing:
        raise ModelRefused(
            "model_library",
            f"The model needs {missing[0]}, which is not installed where the app runs.",
            f"Install {OPTIONAL_REQUIREMENTS[missing[0]]} into that environment and restart the app, or use "
            "scikit-learn's own estimators.",
        )


def _minor(version: str) -> str:
    return ".".join(version.split(".")[:2])


def _one_version(versions: set[str]) -> str:
    if len({_minor(version) for version in versions}) > 1:
        raise ModelRefused(
            "model_version",
            f"The model's parts were saved with different versions of scikit-learn: {', '.join(sorted(versions))}.",
            "Fit and save the whole model with one version.",
        )
    return min(versions, default="")
