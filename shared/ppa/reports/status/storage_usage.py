"""Storage used by the platform, and its library versions."""

import platform as machine
from collections.abc import Mapping, Sequence
from importlib.metadata import version

from ppa.ops.addresses import split_address
from ppa.platform import Platform
from ppa.repository.models import RegisteredModel

LIBRARIES = (
    "duckdb",
    "google-cloud-bigquery",
    "numpy",
    "pandas",
    "plotly",
    "pyarrow",
    "scikit-learn",
    "skops",
)


def storage(platform: Platform, models: Sequence[RegisteredModel]) -> Mapping[str, object]:
    """Bytes used by the warehouse and by the files of registered models, with their locations."""
    settings = platform.settings
    return {
        "warehouse_bytes": platform.warehouse.stored_bytes(),
        "warehouse": _place(settings.warehouse_address),
        "models_bytes": sum(model.size_bytes for model in models),
        "models": _place(settings.models_address),
    }


def versions(platform: Platform) -> Mapping[str, str]:
    """Versions of the app, Python, the catalogue and the libraries that affect results."""
    return {
        "price-prediction-app": version("price-prediction-app"),
        "catalogue": platform.catalogue.version,
        "python": machine.python_version(),
        **{name: version(name) for name in LIBRARIES},
    }


def _place(address: str) -> str:
    """Location without local paths, which are not exposed."""
    parts = split_address(address)
    return f"{parts.scheme}://{parts.netloc}{parts.path}" if "://" in address else "on this machine"
