"""Model files: skops archives of scikit-learn classifiers, built only from a fixed list of types.

Nothing here unpickles. Of skops only `dumps` and `loads` are used, never `Card.get_model`, which falls back to
joblib for a file that is no archive (CVE-2025-54886).
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
    """The model file of a fitted estimator; ModelRefused, before any upload, if it would not be accepted.

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
    except TypeError as error:
        raise ModelRefused(
            "model_type_not_allowed",
            f"The model cannot be saved as a skops file: {error}.",
            "Use scikit-learn's own classifiers and transformers.",
        ) from error
    inspect(data)
    return data


def inspect(data: bytes, limits: FileLimits = DEFAULT_LIMITS) -> FileReport:
    """Check a file's archive, schema, types and versions; nothing is built, ModelRefused if one is bad."""
    with open_archive(data, limits) as archive:
        contents = read_schema(archive, limits)
        members = archive.infolist()
    version = _one_version(contents.versions)
    _check_installed(contents.types)
    if contents.versions or contents.root != XGBOOST:  # which states none of scikit-learn
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
    """Build the estimator of a model file that passes `inspect`; `sha256`, in hex, is checked first if given.

    The estimator runs in one thread, without a cache and without printing, whatever the file says.
    """
    check_sha256(data, sha256)
    inspect(data)
    return build(data)


def build(data: bytes) -> "BaseEstimator":
    """Build the estimator of a file that `inspect` has passed; ModelRefused where its state is unsound."""
    from skops.io import loads

    from ppa.modelfiles.safety.state_checks import make_sound, unsound

    try:
        estimator = loads(data, trusted=TRUSTED_BY_SKOPS)
    except MemoryError as error:
        raise ModelRefused(
            "model_too_large",
            "The model needs more memory to be built than there is.",
            "Train a smaller model: fewer or shallower trees, or fewer stored samples.",
        ) from error
    except Exception as error:
        raise unsound("state of the estimator", f"{type(error).__name__}: {error}") from error
    make_sound(estimator)
    return estimator


def check_sha256(data: bytes, expected: str | None) -> None:
    """ModelRefused unless the file's SHA-256 is `expected`, where that is given."""
    found = sha256_of(data).hexdigest()
    if expected is not None and found != expected.lower():
        raise ModelRefused(
            "model_checksum",
            f"The model file has the SHA-256 {found}, not {expected}: it was damaged or replaced.",
            "Upload it again.",
        )


def check_versions(versions: Mapping[str, str]) -> None:
    """ModelRefused unless the scikit-learn named in `versions` is of the running major and minor version."""
    running = version_of("scikit-learn")
    stated = next((versions[name] for name in _NAMES_OF_SKLEARN if name in versions), "")
    if _minor(stated) != _minor(running):
        raise ModelRefused(
            "model_version",
            f"The model was saved with scikit-learn {stated or 'of an unknown version'}, "
            f"this platform runs {running}.",
            f"Fit and save it again with scikit-learn {_minor(running)}: pip install 'scikit-learn=={running}'.",
        )


def _check_installed(types: set[str]) -> None:
    wanted = {name.partition(".")[0] for name in types & OPTIONAL}
    missing = sorted(name for name in wanted if find_spec(name) is None)
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
