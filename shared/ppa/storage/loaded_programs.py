"""Programs kept in memory, so that a warm instance reads and checks each file once."""

from ppa.core.errors import Refused
from ppa.core.novelty import NoveltyProfile
from ppa.core.programs import CheckedProgram, check
from ppa.core.programs.archive import load
from ppa.storage.modelstore.protocol import ModelStore, StoredFile, digest
from ppa.storage.single_flight_cache import SingleFlightCache

MAX_PROGRAMS = 1200


class LoadedPrograms:
    """The most recently used programs by file and generation; safe to use from several threads."""

    def __init__(self, maximum: int = MAX_PROGRAMS) -> None:
        self._programs = SingleFlightCache(maximum)
        # by model; None where it was uploaded without one
        self.novelty_profiles: dict[str, NoveltyProfile | None] = {}

    def get(self, store: ModelStore, file: StoredFile) -> CheckedProgram:
        """Return a stored program; reads the pinned generation, and checks its hash and all of its content."""

        def read() -> CheckedProgram:
            data = store.get(file.name, file.generation)
            if digest(data) != file.sha256:
                raise Refused(
                    f"The program {file.name} has the SHA-256 {digest(data)}, not {file.sha256}: it was damaged or "
                    "replaced.",
                    "Upload the model again.",
                )
            return check(load(data).program)

        return self._programs.get((file.name, file.generation), read)
