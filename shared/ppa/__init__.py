"""Price Prediction App: labelled datasets, model comparison and live predictions of prices.

`import ppa` gives a notebook what it needs to label prices, split them in time, measure a model honestly and write a
model file for upload. Every name is loaded when it is first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ppa.client.api import ApiProblem
    from ppa.client.app import App, connect
    from ppa.client.data import Data, read_dataset
    from ppa.client.upload import save_bundle
    from ppa.core.features.rows import as_of_frame
    from ppa.core.labels.definition import LabelDefinition, lookahead_labels
    from ppa.core.metrics import Evaluation, evaluate, roc_auc, wilson_interval
    from ppa.core.validation import PurgedKFold, PurgedWalkForward, purged_split
    from ppa.modelfiles.files import dump_model
    from ppa.ops.catalogue_file import load_catalogue

__all__ = [
    "ApiProblem",
    "App",
    "Data",
    "Evaluation",
    "LabelDefinition",
    "PurgedKFold",
    "PurgedWalkForward",
    "as_of_frame",
    "connect",
    "dump_model",
    "evaluate",
    "load_catalogue",
    "lookahead_labels",
    "purged_split",
    "read_dataset",
    "roc_auc",
    "save_bundle",
    "wilson_interval",
]

_MODULES = {
    "ApiProblem": "ppa.client.api",
    "App": "ppa.client.app",
    "connect": "ppa.client.app",
    "Data": "ppa.client.data",
    "read_dataset": "ppa.client.data",
    "save_bundle": "ppa.client.upload",
    "as_of_frame": "ppa.core.features.rows",
    "dump_model": "ppa.modelfiles.files",
    "load_catalogue": "ppa.ops.catalogue_file",
    "LabelDefinition": "ppa.core.labels.definition",
    "lookahead_labels": "ppa.core.labels.definition",
    "PurgedKFold": "ppa.core.validation",
    "PurgedWalkForward": "ppa.core.validation",
    "purged_split": "ppa.core.validation",
}


def __getattr__(name: str) -> object:
    """Load a public name on first use, so that `import ppa` itself needs nothing but Python."""
    if name not in __all__:
        raise AttributeError(f"module 'ppa' has no attribute {name!r}")
    return getattr(import_module(_MODULES.get(name, "ppa.core.metrics")), name)


def __dir__() -> list[str]:
    """Return the public names."""
    return __all__
