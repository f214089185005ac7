"""From a fitted estimator to a proved program file."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ppa.core.errors import MALFORMED, BadInput
from ppa.core.programs import CheckedProgram, Program, ProgramRefused, check
from ppa.core.programs.archive import ESTIMATOR, LIBRARIES, PARAMETERS, TOLERANCE_RULE, ProgramFile
from ppa.core.programs.evaluation import windows
from ppa.modelfiles.convert import (  # noqa: F401 # these register their conversions
    boosters,
    composition,
    encoding,
    ensembles,
    forests,
    imputing,
    linear,
    neighbours,
    projection,
    scaling,
)
from ppa.modelfiles.convert.proof import Proof, prove
from ppa.modelfiles.convert.registry import Conversion, NotConvertible
from ppa.modelfiles.errors import ModelRefused
from ppa.modelfiles.parameters import estimator_parameters

if TYPE_CHECKING:
    import pandas as pd

_TWO = 2
_DISTRIBUTIONS = {"sklearn": "scikit-learn", "xgboost": "xgboost-cpu"}
_BUG = "Use another estimator, or predict outside and import the predictions."


@dataclass(frozen=True, eq=False)
class ConvertedModel:
    """A proved conversion: the file to store, its program, checked, and the proof."""

    file: ProgramFile
    program: CheckedProgram
    proof: Proof


def convert(estimator: Any, data: "pd.DataFrame | None" = None, *, window: int = 1) -> ConvertedModel:
    """Convert a fitted classifier of two classes to a program, and prove it against the estimator's own predictions.

    Parameters
    ----------
    estimator : a fitted classifier of scikit-learn, LightGBM, XGBoost or CatBoost, or what is made of them
        Must have `predict_proba`, or `decision_function`, which is then passed through the logistic function.
    data : DataFrame of shape (n_rows, n_features), optional
        Rows as in training, in order of time; the proof varies them. Without data, rows are made up.
    window : int
        Hours in a row that the estimator takes as one: (window * n_features) values, the oldest hour first.

    Raises
    ------
    ModelRefused
        If the estimator is no fitted classifier of two classes, has no program, or the program's predictions differ.
    """
    names = _names(estimator, data, window)
    conversion = Conversion(tuple(names), window)
    program = _program(estimator, conversion)
    try:
        checked = check(program)
    except ProgramRefused as error:
        raise NotConvertible(
            f"The program of the {type(estimator).__name__} is refused: {error}", _BUG
        ) from error
    rows = _rows(data, names, window)
    proof = prove(estimator, checked, rows)
    origin = {
        ESTIMATOR: describe(estimator),
        LIBRARIES: ", ".join(_libraries(estimator)),
        TOLERANCE_RULE: proof.rule,
        PARAMETERS: json.dumps(estimator_parameters(estimator)),
    }
    return ConvertedModel(
        ProgramFile(program, proof.probe_rows, proof.probe_predictions, origin), checked, proof
    )


def describe(estimator: Any) -> str:
    """Return the estimator's type, with its parts in brackets."""
    steps = [step for _, step in getattr(estimator, "steps", [])]
    inner = getattr(estimator, "best_estimator_", None)
    parts = steps or ([inner] if inner is not None else [])
    name = type(estimator).__name__
    return f"{name}({', '.join(describe(part) for part in parts)})" if parts else name


def _program(estimator: Any, conversion: Conversion) -> Program:
    classes = np.asarray(getattr(estimator, "classes_", ())).tolist()
    if len(classes) != _TWO:
        raise ModelRefused(
            "model_not_binary",
            f"The {type(estimator).__name__} has the classes {str(classes)[:80]}, not two.",
            "Fit a classifier on the 0 and 1 of the label.",
        )
    try:
        output = conversion.chance(estimator, conversion.input)
    except ModelRefused:
        raise
    except (*MALFORMED, RecursionError) as error:
        place = " > ".join(conversion.path[-6:])
        raise NotConvertible(
            f"{place} cannot be read: {type(error).__name__}: {str(error)[:200]}.",
            "Is it fitted, with a version of its library from docs/models.md? Fit it again, or use another estimator.",
        ) from error
    return conversion.program(output)


def _names(estimator: Any, data: "pd.DataFrame | None", window: int) -> Sequence[str]:
    fitted = [str(name) for name in getattr(estimator, "feature_names_in_", ())]
    if window > 1:
        if data is None:
            raise BadInput("A window needs data: pass the rows of training.")
        return [str(name) for name in data.columns]
    if fitted:
        return fitted
    if data is not None:
        return [str(name) for name in data.columns]
    return [f"x{j}" for j in range(int(estimator.n_features_in_))]


def _rows(data: "pd.DataFrame | None", names: Sequence[str], window: int) -> NDArray[np.float64]:
    if data is None:
        random = np.random.default_rng(0)
        scale = 10.0 ** random.uniform(-3, 3, len(names) * window)
        return random.normal(size=(512, len(names) * window)) * scale
    missing = sorted({*names} - {*map(str, data.columns)})
    if missing:
        raise BadInput(f"The data has no column {missing[0]!r}, which the model was fitted on.")
    named = data.set_axis([str(name) for name in data.columns], axis=1)
    table = named[list(names)].to_numpy(np.float64, na_value=np.nan)
    if window > 1:
        table = windows(table, window).reshape(-1, window * len(names))
    if len(table) == 0:
        raise BadInput("The data has too few rows; pass rows as in training.")
    return table


def _libraries(estimator: Any) -> list[str]:
    """Versions of the libraries that the estimator's parts come from."""
    modules = {"sklearn", type(estimator).__module__.partition(".")[0]}
    modules |= {type(step).__module__.partition(".")[0] for _, step in getattr(estimator, "steps", [])}
    texts = []
    for module in sorted(modules & {"sklearn", "lightgbm", "xgboost", "catboost"}):
        for name in (_DISTRIBUTIONS.get(module, module), module):
            try:
                texts.append(f"{_DISTRIBUTIONS.get(module, module)} {version(name)}")
                break
            except PackageNotFoundError:
                continue
    return texts
