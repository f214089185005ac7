"""Sandbox: check, build and convert a model file in a child process; only the program leaves it."""

import json
import logging
import signal
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict, dataclass
from io import BytesIO
from threading import Timer
from typing import IO, TYPE_CHECKING, Any, TypedDict

import numpy as np

from ppa.core.errors import BadInput, Unavailable
from ppa.core.programs import CheckedProgram, ProgramRefused, check, evaluate
from ppa.core.programs.archive import TOLERANCE_RULE, load
from ppa.core.programs.tolerance import rule_of
from ppa.modelfiles import child
from ppa.modelfiles.children import STOPPED, start, tracked
from ppa.modelfiles.errors import ModelRefused

if TYPE_CHECKING:
    import pandas as pd

_LOG = logging.getLogger(__name__)
_CHILD = child.__name__  # imported, so that packages have it and what it needs
_ANOTHER = "Use another estimator, or predict outside and import the predictions."


@dataclass(frozen=True)
class Limits:
    """Limits of the child: address space in bytes, processor time and wall time in seconds.

    Only processor time is held against the model; the wall time ends a child that waits for a busy machine.
    """

    memory: int = 4 << 30
    cpu_seconds: int = 60
    wall_seconds: float = 300.0


DEFAULT_LIMITS = Limits()


@dataclass(frozen=True)
class FileReport:
    """Result of `inspect`, without building anything: sizes in bytes, the outermost type and all types."""

    size: int
    sha256: str
    members: int
    unpacked: int
    estimator: str
    types: tuple[str, ...]
    sklearn_version: str


@dataclass(frozen=True)
class SandboxResult:
    """Result of converting a model file in the sandbox.

    `program` is the model as a checked program, `program_file` its bytes. It was compared with the library on
    `proof_rows` rows, where `rule` is the tolerance in words. `seconds` is the time for checking, building and
    converting.
    """

    file: FileReport
    estimator: str
    program: CheckedProgram
    program_file: bytes
    proof_rows: int
    rule: str
    seconds: float


class SandboxReply(TypedDict, total=False):
    """Reply of the child, sent in parts of one JSON line each."""

    refused: list[str]
    file: dict[str, Any]
    estimator: str
    features: list[str]
    program: int
    proof: dict[str, Any]
    seconds: float


OnPart = Callable[[SandboxReply], object]


def convert(
    data: bytes,
    rows: "pd.DataFrame",
    *,
    choose: bool = False,
    limits: Limits = DEFAULT_LIMITS,
    on_part: OnPart = lambda part: None,
) -> SandboxResult:
    """Check a model file, build it and convert it to a program in a child process; check the program here.

    Before reading the file, the child enters the jail (`jail`), which holds behind the allow-list; what of it is in
    force on this machine is measured by `confinement`.

    Parameters
    ----------
    rows : DataFrame of shape (n_rows, n_features)
        Rows as in training, which the proof of the conversion varies: numbers, NaN where missing.
    choose : bool
        Use only the columns the model was fitted on, in its order, instead of all columns.
    on_part : callable
        Called with each part of the reply once its checks have passed: `file`, `estimator`, `features`, `program`.

    Raises
    ------
    ModelRefused
        If the file is refused, or the child crashes or exceeds a limit.
    """
    reply, program_file = _ask_child(_request(data, rows, choose, limits), limits, on_part)
    if "refused" in reply:
        raise ModelRefused(*reply["refused"])
    program = checked_program(program_file)
    _check_columns(program, [str(name) for name in rows.columns])
    return SandboxResult(
        file=file_report(reply),
        estimator=reply["estimator"],
        program=program,
        program_file=program_file,
        proof_rows=int(reply["proof"]["rows"]),
        rule=str(reply["proof"]["rule"]),
        seconds=reply["seconds"],
    )


def checked_program(data: bytes) -> CheckedProgram:
    """Read and check a program file, and repeat its probe; raise ModelRefused if it is unsound or its probe differs."""
    try:
        file = load(data)
        program = check(file.program)
    except ProgramRefused as error:
        raise ModelRefused("model_not_convertible", error.sentence, error.remedy or _ANOTHER) from error
    values, expected = evaluate(program, file.probe_rows), file.probe_predictions
    allowed = rule_of(file.origin.get(TOLERANCE_RULE, "")).allowed(expected)
    agrees = (np.isnan(values) & np.isnan(expected)) | (np.abs(values - expected) <= allowed)
    if not agrees.all():
        raise ModelRefused(
            "model_conversion_differs",
            f"The program differs from its own probe in {int((~agrees).sum())} of {len(agrees)} rows.",
            "Convert the model again.",
        )
    return program


def _check_columns(program: CheckedProgram, given: list[str]) -> None:
    unknown = [name for name in program.program.columns if name not in given]
    if unknown or program.program.window != 1:
        raise ModelRefused(
            "model_features",
            f"The program reads {', '.join(unknown[:5]) or 'several hours at once'}, which it is not given.",
            "Convert a model that was fitted on the dataset's columns, an hour a row.",
        )


def file_report(part: SandboxReply) -> FileReport:
    """Return the report in the part of the reply about the file."""
    return FileReport(**part["file"])


def _request(data: bytes, rows: "pd.DataFrame", choose: bool, limits: Limits) -> bytes:
    columns = [str(name) for name in rows.columns]
    header = {"size": len(data), "columns": columns, "choose": choose, "limits": asdict(limits)}
    table = BytesIO()
    try:
        np.save(table, rows.to_numpy(dtype=np.float64, na_value=np.nan), allow_pickle=False)
    except (TypeError, ValueError) as error:
        raise BadInput(f"The rows must be numbers ({error}); leave out other columns.") from error
    return json.dumps(header).encode() + b"\n" + data + table.getvalue()


def _ask_child(request: bytes, limits: Limits, on_part: OnPart) -> tuple[SandboxReply, bytes]:
    deadline = time.monotonic() + limits.wall_seconds
    with ThreadPoolExecutor(1) as pool, tracked(start(_CHILD)) as process:
        if process.stdin is None or process.stdout is None or process.stderr is None:
            raise AssertionError("the child was started without its pipes")
        log = pool.submit(process.stderr.read)
        timer = Timer(limits.wall_seconds, process.kill)
        timer.start()
        try:
            _send(process.stdin, request)
            reply, program_file = _receive(process.stdout, on_part)
            output, code = log.result(), process.wait()
        except BaseException:
            process.kill()
            raise
        finally:
            timer.cancel()
    if code == -signal.SIGKILL and time.monotonic() >= deadline:
        raise Unavailable(
            f"The model was not examined within {limits.wall_seconds:g} s: the machine is busy.",
            "Upload the model again later.",
        )
    if code == STOPPED:
        raise Unavailable("The app was stopped while it examined the model.", "Upload the model again.")
    if code != 0:
        _LOG.warning("the sandbox ended with %s: %s", code, output[-2000:].decode(errors="replace"))
        raise _crash(code, limits)
    return reply, program_file


def _send(to: IO[bytes], request: bytes) -> None:
    """Write the whole request; the child's output in the meantime is short and fits into its pipe."""
    with suppress(BrokenPipeError), to:
        to.write(request)


def _receive(stream: IO[bytes], on_part: OnPart) -> tuple[SandboxReply, bytes]:
    """Merge the parts of the reply, and read the program behind the last; incomplete if the child crashed."""
    reply: SandboxReply = {}
    while "program" not in reply and (line := stream.readline()).endswith(b"\n"):
        part: SandboxReply = json.loads(line)
        reply |= part
        on_part(part)
    return reply, stream.read()


def _crash(code: int, limits: Limits) -> ModelRefused:
    if code in {-signal.SIGXCPU, -signal.SIGKILL}:
        return ModelRefused(
            "model_too_slow",
            f"The model was not checked and converted within {limits.cpu_seconds} s of processor time.",
            "Train a smaller model: fewer or shallower trees, or fewer stored samples.",
        )
    return ModelRefused(
        "model_crashed",
        "The process that examined the model crashed.",
        "Fit and save the model again; if it still fails, use another estimator.",
    )
