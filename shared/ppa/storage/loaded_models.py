"""Models kept in memory, so that a warm instance loads each file once."""

import threading
from collections import OrderedDict
from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from ppa.core.novelty import NoveltyProfile
from ppa.storage.modelstore.protocol import ModelStore

if TYPE_CHECKING:
    from ppa.modelfiles.threads import ThreadpoolController

MAX_MODELS = 1200


class Estimator(Protocol):
    """What a loaded model can do; see scikit-learn."""

    def predict_proba(self, rows: object) -> NDArray[np.float64]:
        """Probability of each class for each row."""


class LoadedModels:
    """The latest used models by file and generation; safe to use from several threads."""

    def __init__(self, maximum: int = MAX_MODELS) -> None:
        self._most = maximum
        self._lock = threading.Lock()
        self._models: OrderedDict[tuple[str, int], Estimator] = OrderedDict()
        self._threads: ThreadpoolController | None = None
        # by model; None where it was uploaded without one
        self.references: dict[str, NoveltyProfile | None] = {}

    def get(self, store: ModelStore, model: Mapping[str, object]) -> Estimator:
        """The estimator of a row of `models`; loads the pinned generation and checks its hash."""
        from ppa.modelfiles.files import load_model

        key = (str(model["file"]), int(str(model["generation"])))
        with self._lock:
            if key not in self._models:
                self._models[key] = load_model(store.get(*key), sha256=str(model["sha256"]))
                self._threads = None
            self._models.move_to_end(key)
            while len(self._models) > self._most:
                self._models.popitem(last=False)
            return self._models[key]

    def one_thread(self) -> AbstractContextManager[object]:
        """Predict in one thread: for a few rows more of them only wait for each other, and sum in another order."""
        from ppa.modelfiles.threads import ThreadpoolController

        # made anew after a load, which may have brought another library with threads of its own
        self._threads = self._threads or ThreadpoolController()
        limited: AbstractContextManager[object] = self._threads.limit(limits=1)
        return limited
