"""Nodes and programs, unchecked."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ppa.core.errors import Refused

FloatArray = NDArray[np.float64]
Value = float | int | bool | str | NDArray[Any]
Values = Mapping[str, Value]

# Magnitude of the values between nodes: products of two, summed over any width, stay far from overflow.
LIMIT = 1e100
# Magnitude of inputs: scaled and weighted, most stay below LIMIT without being clipped.
INPUT_LIMIT = 1e60


@dataclass(frozen=True, eq=False)
class Node:
    """One operator of a program, the positions of the nodes it reads, and its parameters."""

    op: str
    of: tuple[int, ...] = ()
    values: Values = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Program:
    """A graph of nodes, each reading earlier ones; the last is the probability of class 1.

    `columns` names the features of an hour. With `window` N, a row is N hours in a row, the oldest first, each with
    all columns.
    """

    columns: tuple[str, ...]
    nodes: tuple[Node, ...]
    window: int = 1

    @property
    def width(self) -> int:
        """Values of one row."""
        return len(self.columns) * self.window


class ProgramRefused(Refused):
    """A program is not sound; `str()` says where and why."""

    code = "program_refused"
