"""Writing programs: nodes are added one by one, equal ones once, and common formulas have names."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ppa.core.programs.graph import Node, Program, Value

_NEVER_MISSING = {"constant", "is_missing", "less", "less_equal", "equal", "trees"}
_OFTEN_MISSING = {"lookup", "divide", "log", "sqrt"}


@dataclass(frozen=True)
class Wire:
    """The output of a node: its position, the number of its columns, and whether NaN passes through to it."""

    node: int
    width: int
    missing: bool = True


@dataclass(eq=False)
class Builder:
    """A program in the making.

    `input` is the row. Equal nodes are one node, so that what several parts of a model share is computed once.
    """

    columns: tuple[str, ...]
    window: int = 1
    nodes: list[Node] = field(default_factory=list)
    _known: dict[tuple[object, ...], int] = field(default_factory=dict)

    @property
    def input(self) -> Wire:
        """The row."""
        return self.add("input", width=len(self.columns) * self.window)

    def program(self, output: Wire) -> Program:
        """Return the program of what the output needs."""
        needed = {output.node}
        for position in range(output.node, -1, -1):
            if position in needed:
                needed |= {*self.nodes[position].of}
        kept = sorted(needed)
        place = {old: new for new, old in enumerate(kept)}
        nodes = (self.nodes[position] for position in kept)
        return Program(
            self.columns,
            tuple(Node(node.op, tuple(place[one] for one in node.of), node.values) for node in nodes),
            self.window,
        )

    def add(self, op: str, *of: Wire, width: int, **values: Value) -> Wire:
        """Add a node that gives `width` columns, or return an equal one."""
        positions = tuple(one.node for one in of)
        key = (op, positions, *((name, _key(value)) for name, value in sorted(values.items())))
        if key not in self._known:
            self._known[key] = len(self.nodes)
            self.nodes.append(Node(op, positions, values))
        return Wire(self._known[key], width, self._missing(op, of))

    @staticmethod
    def _missing(op: str, of: tuple[Wire, ...]) -> bool:
        if op in _NEVER_MISSING:
            return False
        if op == "fill":
            return all(one.missing for one in of)
        return op in {"input", *_OFTEN_MISSING} or any(one.missing for one in of)

    def constant(self, value: ArrayLike) -> Wire:
        """Return values that are the same in every row."""
        array = doubles(np.atleast_1d(value))
        return self.add("constant", width=len(array), value=array)

    def columns_of(self, x: Wire, index: ArrayLike) -> Wire:
        """Return columns of x by position."""
        positions = integers(np.atleast_1d(index))
        if len(positions) == x.width and (positions == np.arange(x.width)).all():
            return x
        return self.add("columns", x, width=len(positions), index=positions)

    def concat(self, parts: Sequence[Wire]) -> Wire:
        """Return the columns of all parts."""
        if len(parts) == 1:
            return parts[0]
        return self.add("concat", *parts, width=sum(part.width for part in parts))

    def unary(self, op: str, x: Wire) -> Wire:
        """Return an elementary function of each value."""
        return self.add(op, x, width=x.width)

    def root(self, x: Wire) -> Wire:
        """Return the square root of each value, of those below 0 that of 0."""
        return self.unary("sqrt", self.binary("maximum", x, 0.0))

    def binary(self, op: str, x: Wire | ArrayLike, y: Wire | ArrayLike) -> Wire:
        """Return an operation of two wires, or of one and a constant."""
        left, right = (one if isinstance(one, Wire) else self.constant(one) for one in (x, y))
        return self.add(op, left, right, width=max(left.width, right.width))

    def sub(self, x: Wire | ArrayLike, y: Wire | ArrayLike) -> Wire:
        return self.binary("subtract", x, y)

    def plus(self, x: Wire | ArrayLike, y: Wire | ArrayLike) -> Wire:
        return self.binary("add", x, y)

    def times(self, x: Wire | ArrayLike, y: Wire | ArrayLike) -> Wire:
        return self.binary("multiply", x, y)

    def over(self, x: Wire | ArrayLike, y: Wire | ArrayLike) -> Wire:
        return self.binary("divide", x, y)

    def clip(self, x: Wire, low: ArrayLike, high: ArrayLike) -> Wire:
        """Return values limited to [low, high]."""
        return self.binary("minimum", self.binary("maximum", x, low), high)

    def where(self, condition: Wire, x: Wire | ArrayLike, y: Wire | ArrayLike) -> Wire:
        """Return x where the condition is positive, else y."""
        left, right = (one if isinstance(one, Wire) else self.constant(one) for one in (x, y))
        width = max(condition.width, left.width, right.width)
        return self.add("where", condition, left, right, width=width)

    def complete(self, x: Wire, row: Wire) -> Wire:
        """Return x, but NaN in rows where `row` has a missing value."""
        return self.add("complete", x, row, width=x.width) if row.missing else x

    def complete_columns(self, x: Wire, values: Wire) -> Wire:
        """Return x, but NaN where the value of the same column is missing."""
        if not values.missing:
            return x
        return self.where(self.unary("is_missing", values), values, x)

    def affine(self, x: Wire, weights: ArrayLike, bias: ArrayLike | None = None) -> Wire:
        """Return weighted sums of the columns; `weights` has shape (columns, outputs)."""
        table = doubles(weights)
        offset = (
            np.zeros(table.shape[1]) if bias is None else np.broadcast_to(doubles(bias), (table.shape[1],))
        )
        return self.add("affine", x, width=table.shape[1], weights=table, bias=doubles(offset))

    def total(self, x: Wire) -> Wire:
        """Return the sums of the rows, from left to right."""
        return self.affine(x, np.ones((x.width, 1)))

    def mean(self, parts: Sequence[Wire], weights: Sequence[float] | None = None) -> Wire:
        """Return the weighted mean of the parts, summed in order."""
        shares = [1.0] * len(parts) if weights is None else [float(one) for one in weights]
        scaled = [
            part if share == 1.0 else self.times(part, share)
            for part, share in zip(parts, shares, strict=True)
        ]
        total = scaled[0]
        for part in scaled[1:]:
            total = self.plus(total, part)
        return total if sum(shares) == 1.0 else self.over(total, sum(shares))

    def polynomial(self, x: Wire, coefficients: Sequence[float]) -> Wire:
        """Return a polynomial of each value, the highest power first."""
        total: Wire | ArrayLike = coefficients[0]
        for coefficient in coefficients[1:]:
            total = self.plus(self.times(total, x), coefficient)
        return total if isinstance(total, Wire) else self.constant(total)

    def distance(self, x: Wire, points: ArrayLike, kind: str = "squared") -> Wire:
        """Return the distances from each of the points."""
        table = doubles(points)
        return self.add("distance", x, width=len(table), points=table, kind=kind)


def joined(**parts: Sequence[NDArray[Any]]) -> dict[str, Value]:
    """Return the parts of the columns as flat arrays, with `starts`, where each begins."""
    first = next(iter(parts.values()))
    starts = integers(np.cumsum([0, *(len(one) for one in first)]))
    flat: dict[str, Value] = {name: doubles(np.concatenate(part)) for name, part in parts.items()}
    return flat | {"starts": starts}


def doubles(value: ArrayLike) -> NDArray[np.float64]:
    """Return a contiguous float64 array."""
    return np.ascontiguousarray(np.asarray(value, np.float64))


def integers(value: ArrayLike) -> NDArray[np.int32]:
    """Return a contiguous int32 array; OverflowError where a value does not fit."""
    wide = np.asarray(value)
    narrow = wide.astype(np.int32)
    if not (narrow == wide).all():
        raise OverflowError("a position does not fit into 32 bits")
    return np.ascontiguousarray(narrow)


def _key(value: Value) -> object:
    if isinstance(value, np.ndarray):
        return value.dtype.str, value.shape, sha256(value.tobytes()).digest()
    return type(value).__name__, repr(value)
