"""Diagnosis of a model file on its author's machine: whether it can be uploaded, and whether it converts."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ppa.client.modelfile import load_estimator
from ppa.core.errors import PpaError

if TYPE_CHECKING:
    import pandas as pd

Verdict = Mapping[str, str]


def diagnose(path: Path, rows: "pd.DataFrame | None" = None) -> Iterator[Verdict]:
    """Yield a verdict for each question about a model file, in the form of the upload checks.

    `rows` are rows of the training features, which the proof of the conversion varies; without them rows are made up.
    A pickle is loaded, so it must be of one's own. Raises BadInput if the file cannot be loaded at all.
    """
    estimator = load_estimator(path)
    yield _passed("Model", f"{path.name} holds a {_described(estimator)}.")
    yield _tried("Upload", lambda: _uploadable(estimator))
    yield _tried("Program", lambda: _convertible(estimator, rows))


def _described(estimator: Any) -> str:
    from ppa.modelfiles.convert.conversion import describe

    return describe(estimator)


def _uploadable(estimator: Any) -> str:
    from ppa.modelfiles.files import dump_model

    size = len(dump_model(estimator))
    return f"all its types are accepted; the file has {size / 1024:,.0f} KiB."


def _convertible(estimator: Any, rows: "pd.DataFrame | None") -> str:
    from ppa.core.programs.archive import dump
    from ppa.modelfiles.convert import convert

    converted = convert(estimator, rows)
    proof, program = converted.proof, converted.program
    return (
        f"it converts, and agrees with its library on {proof.rows} rows: the largest difference is "
        f"{proof.difference:.2g}, allowed is {proof.rule}. It gives a probability for {program.promise}. "
        f"The file has {len(dump(converted.file)) / 1024:,.0f} KiB; a row takes about {program.steps:,.0f} operations."
    )


def _tried(title: str, attempt: Callable[[], str]) -> Verdict:
    try:
        return _passed(title, attempt())
    except PpaError as error:
        return {"outcome": "failed", "title": title, "sentence": error.sentence, "remedy": error.remedy}


def _passed(title: str, sentence: str) -> Verdict:
    return {"outcome": "passed", "title": title, "sentence": sentence, "remedy": ""}
