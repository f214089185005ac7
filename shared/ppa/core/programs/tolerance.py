"""Tolerances of a program's probabilities against those of the library that its model comes from."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ppa.core.programs.graph import FloatArray, Node
from ppa.core.programs.operators import OPERATORS

ULPS = 4
TOLERANCE = 1e-12
_FLOAT32_EPS = float(np.finfo(np.float32).eps)


@dataclass(frozen=True)
class Tolerance:
    """Units in the last place of float64, an absolute difference and units of float32 that are tolerated."""

    ulps: int = 0
    absolute: float = 0.0
    single_ulps: int = 0

    @property
    def rule(self) -> str:
        """The tolerance in words."""
        if self.absolute:
            return f"{self.absolute:g}"
        if self.single_ulps:
            return f"{self.single_ulps} ulp of float32"
        return f"{self.ulps} ulp" if self.ulps else "equal"

    def allowed(self, predicted: FloatArray) -> FloatArray:
        """Return by how much each prediction may differ."""
        size = np.nan_to_num(np.abs(predicted))
        allowed: FloatArray = (
            np.maximum(self.absolute, self.ulps * np.spacing(size)) + self.single_ulps * _FLOAT32_EPS * size
        )
        return allowed


def tolerance(nodes: Sequence[Node]) -> Tolerance:
    """Return how closely a program must agree: the same bits, where each operator rounds as the library's do."""
    inexact = {node.op for node in nodes if node.op in OPERATORS and not OPERATORS[node.op].exact}
    weighted = any(node.values.get("by_distance") for node in nodes)
    single = any(node.values.get("single_sum") for node in nodes)
    return Tolerance(
        ulps=ULPS if inexact == {"expit"} else 0,
        absolute=TOLERANCE if inexact - {"expit"} or weighted else 0.0,
        single_ulps=ULPS if single else 0,
    )


def rule_of(text: str) -> Tolerance:
    """Return the tolerance that `Tolerance.rule` describes; the widest for any other text."""
    narrow = (Tolerance(), Tolerance(ulps=ULPS), Tolerance(single_ulps=ULPS))
    return next((one for one in narrow if one.rule == text), Tolerance(absolute=TOLERANCE))
