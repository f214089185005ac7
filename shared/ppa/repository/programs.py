"""Programs of registered models: stored beside the uploaded file, and evaluated for every prediction."""

import hashlib
import json
from dataclasses import asdict

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ppa.core.errors import Refused
from ppa.core.programs import CheckedProgram, evaluate
from ppa.core.programs.archive import PARAMETERS, load
from ppa.platform import Platform
from ppa.repository.models import RegisteredModel


def store_program(platform: Platform, name: str, data: bytes) -> str:
    """Store a program file under the model's name; return the stored file as JSON, to be kept with the model."""
    stored = platform.store.put(f"{name}/{hashlib.sha256(data).hexdigest()}.program", data)
    return json.dumps(asdict(stored))


def program_of(platform: Platform, model: RegisteredModel) -> CheckedProgram:
    """Return the program of a model; raise Refused if it was stored before there were programs."""
    if model.program is None:
        raise Refused(
            f"{model.model_id} was stored before models were converted to programs.",
            "Run `ppa models convert`.",
        )
    return platform.loaded_programs.get(platform.store, model.program)


def probabilities(platform: Platform, model: RegisteredModel, rows: pd.DataFrame) -> NDArray[np.float64]:
    """Predict the probability of class 1 for rows of the model's features, of shape (n_rows,); NaN where there is none.

    Raises Refused if the model has no program, and Unavailable if it cannot be read for now.
    """
    return evaluate(program_of(platform, model), rows.to_numpy(np.float64, na_value=np.nan))


def parameters_of_estimator(platform: Platform, model: RegisteredModel) -> dict[str, str]:
    """Return the parameters of the estimator that a model's program was made of, as text; none without a program."""
    if model.program is None:
        return {}
    origin = load(platform.store.get(model.program.name, model.program.generation)).origin
    parameters: dict[str, str] = json.loads(origin.get(PARAMETERS, "{}"))
    return parameters
