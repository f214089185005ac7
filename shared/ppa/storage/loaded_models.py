"""Models kept in memory, so that a warm instance loads each file once."""

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from ppa.core.contracts.model import StoredModel
from ppa.core.novelty import NoveltyProfile
from ppa.storage.modelstore.protocol import ModelStore
from ppa.storage.single_flight_cache import SingleFlightCache

if TYPE_CHECKING:
    from ppa.modelfiles.threads import ThreadpoolController

MAX_MODELS = 1200


class Estimator(Protocol):
    """A loaded model, as scikit-learn defines its classifiers."""

    def predict_proba(self, rows: object) -> NDArray[np.float64]:
        """Probability of each class for each row."""


class LoadedModels:
    """The most recently used models by file and generation; safe to use from several threads."""

    def __init__(self, maximum: int = MAX_MODELS) -> None:
        self._models = SingleFlightCache(maximum)
        self._threads: ThreadpoolController | None = None
        # by model; None where it was uploaded without one
        self.novelty_profiles: dict[str, NoveltyProfile | None] = {}

    def get(self, store: ModelStore, model: StoredModel) -> Estimator:
        """The estimator of a stored model; loads the pinned generation and checks its hash."""
        from ppa.modelfiles.files import load_model

        key = (model.file, model.generation)

        def load() -> Estimator:
            loaded: Estimator = load_model(store.get(*key), sha256=model.sha256)
            self._threads = None
            return loaded

        return self._models.get(key, load)

    def one_thread(self) -> AbstractContextManager[object]:
        """Predict in one thread: for a few rows more of them only wait for each other, and sum in another order."""
        from ppa.modelfiles.threads import ThreadpoolController

        # made anew after a load, which may have brought another library with threads of its own
        threads = self._threads = self._threads or ThreadpoolController()
        limited: AbstractContextManager[object] = threads.limit(limits=1)
        return limited
