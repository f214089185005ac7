"""The one error of model files: a short code for programs, a sentence for people, and what to do."""

from ppa.core.errors import Refused


class ModelRefused(Refused):
    """A model that is not accepted; `str()` is the sentence followed by the remedy."""

    def __init__(self, code: str, sentence: str, remedy: str) -> None:
        super().__init__(sentence, remedy)
        self.code = code
