"""The reasons that stand against a prediction, as they are found: of each hour the first one counts."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from ppa.core.no_prediction_reasons import REASONS

Mask = NDArray[np.bool_]


class FirstReason:
    """The first reason found for each hour."""

    def __init__(self, hours: int) -> None:
        self.reasons: list[str | None] = [None] * hours
        self.details: list[str | None] = [None] * hours

    @property
    def free(self) -> Mask:
        """Hours that nothing stands against."""
        return np.array([reason is None for reason in self.reasons], dtype=bool)

    def give(self, reason: str, where: Mask, words: Mapping[int, str]) -> None:
        for at in hours_of(where & self.free):
            self.reasons[at], self.details[at] = reason, words.get(at, REASONS[reason])


def hours_of(where: Mask) -> list[int]:
    """The places of a mask."""
    return [int(at) for at in np.flatnonzero(where)]
