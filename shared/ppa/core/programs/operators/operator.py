"""An operator of programs: its parameters, what it promises of its output, and its computation."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ppa.core.programs.graph import LIMIT, FloatArray, ProgramRefused, Value, Values

NUMBERS, INTEGERS, NUMBER, INTEGER, FLAG, CHOICE = (
    "numbers",
    "integers",
    "number",
    "integer",
    "flag",
    "choice",
)

Compute = Callable[..., FloatArray]


@dataclass(frozen=True)
class Signal:
    """Promises of a node's output: its width, bounds, and whether NaN can occur in it.

    `steps` are elementary operations per row, `scratch` values per row that the computation needs besides.
    """

    width: int
    low: float
    high: float
    missing: bool
    steps: float
    scratch: int = 0


@dataclass(frozen=True)
class Parameter:
    """The type of a parameter: an array of `dims` dimensions, a number, an integer, a flag or one of `choices`.

    Numbers are finite and of magnitude up to LIMIT; `infinite` also admits infinities, `missing` NaN.
    """

    kind: str
    dims: int = 0
    infinite: bool = False
    missing: bool = False
    choices: tuple[str, ...] = ()

    def check(self, value: Value) -> None:
        """Raise ProgramRefused unless the value has this type."""
        if not _CHECKS[self.kind](self, value):
            raise ProgramRefused(f"it must be {self.text()}, not {_shown(value)}")

    def text(self) -> str:
        """Return the type in words."""
        if self.kind == CHOICE:
            return f"one of {', '.join(self.choices)}"
        if self.kind not in {NUMBERS, INTEGERS}:
            return {NUMBER: "a finite number", INTEGER: "an integer", FLAG: "true or false"}[self.kind]
        special = [word for word, admitted in (("±∞", self.infinite), ("NaN", self.missing)) if admitted]
        name = {NUMBERS: "float64", INTEGERS: "int32"}[self.kind]
        return f"{name} of {self.dims} dimension(s){' or '.join(['', *special])}"


def numbers(dims: int, *, infinite: bool = False, missing: bool = False) -> Parameter:
    """Return the type of a float64 array."""
    return Parameter(NUMBERS, dims, infinite, missing)


def integers(dims: int) -> Parameter:
    """Return the type of an int32 array."""
    return Parameter(INTEGERS, dims)


@dataclass(frozen=True)
class Operator:
    """One operator.

    `arguments` are the least and the largest number of nodes it reads. `infer` takes the parameters and the signals
    of these nodes, raises ProgramRefused unless they fit together, and returns the output's signal. `build` takes
    the parameters and returns the computation, a function of the nodes' arrays. `exact` operators round as the
    library's do; the others agree with it up to a small error.
    """

    arguments: tuple[int, int]
    parameters: Mapping[str, Parameter]
    infer: Callable[[Values, Sequence[Signal]], Signal]
    build: Callable[[Values], Compute]
    meaning: str
    exact: bool = True


def require(condition: bool, message: str) -> None:
    """Raise ProgramRefused with the message unless the condition holds."""
    if not condition:
        raise ProgramRefused(message)


def array(values: Values, name: str) -> NDArray[Any]:
    """Return an array parameter whose type has been checked."""
    value = values[name]
    if not isinstance(value, np.ndarray):
        raise ProgramRefused(f"{name} is not an array")
    return value


def largest(values: NDArray[Any]) -> float:
    """Return the largest magnitude in an array, 0 if it is empty; NaN is left out."""
    return float(np.nanmax(np.abs(values), initial=0.0))


def starts_of(values: Values, width: int, *arrays: str) -> NDArray[np.intp]:
    """Return the checked bounds of the columns' parts in flat arrays: part j is [starts[j], starts[j + 1])."""
    starts = array(values, "starts").astype(np.intp)
    require(len(starts) == width + 1, f"starts has {len(starts)} values for {width} columns")
    require(starts[0] == 0 and bool((np.diff(starts) >= 0).all()), "starts does not increase from 0")
    for name in arrays:
        require(len(array(values, name)) == starts[-1], f"{name} and starts differ in length")
    return starts


def increasing(values: NDArray[Any], starts: NDArray[np.intp], *, strictly: bool) -> bool:
    """Return whether the values increase within each part."""
    steps = np.diff(values)
    inside = np.ones(len(steps), bool)
    borders = starts[1:-1] - 1
    inside[borders[(borders >= 0) & (borders < len(steps))]] = False
    return bool((steps[inside] > 0).all() if strictly else (steps[inside] >= 0).all())


def _is_number(parameter: Parameter, value: Value) -> bool:
    return isinstance(value, float) and abs(value) <= LIMIT


def _is_integer(parameter: Parameter, value: Value) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_flag(parameter: Parameter, value: Value) -> bool:
    return isinstance(value, bool)


def _is_choice(parameter: Parameter, value: Value) -> bool:
    return isinstance(value, str) and value in parameter.choices


def _is_integers(parameter: Parameter, value: Value) -> bool:
    return isinstance(value, np.ndarray) and value.dtype == np.int32 and value.ndim == parameter.dims


def _is_numbers(parameter: Parameter, value: Value) -> bool:
    if not (isinstance(value, np.ndarray) and value.dtype == np.float64 and value.ndim == parameter.dims):
        return False
    admitted = np.abs(value) <= LIMIT
    if parameter.infinite:
        admitted |= np.isinf(value)
    if parameter.missing:
        admitted |= np.isnan(value)
    return bool(admitted.all())


_CHECKS: Mapping[str, Callable[[Parameter, Value], bool]] = {
    NUMBER: _is_number,
    INTEGER: _is_integer,
    FLAG: _is_flag,
    CHOICE: _is_choice,
    INTEGERS: _is_integers,
    NUMBERS: _is_numbers,
}


def _shown(value: Value) -> str:
    if isinstance(value, np.ndarray):
        return f"{value.dtype} of shape {value.shape}, or values beyond ±{LIMIT:g}"
    return repr(value)[:60]
