"""Sandbox: check, build and run a model file in a child process with limits."""

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
from ppa.modelfiles.children import STOPPED, start, tracked
from ppa.modelfiles.errors import ModelRefused

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

_LOG = logging.getLogger(__name__)
_CHILD = "ppa.modelfiles.child"


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
    """Result of running a model in the sandbox.

    `features` are the columns it was fitted on, empty if unnamed. `probability`, of shape (rows,), is that of class 1
    for each probe row. `seconds` is the time for checking, building and predicting.
    """

    file: FileReport
    estimator: str
    features: tuple[str, ...]
    probability: "NDArray[np.float64]"
    seconds: float


class SandboxReply(TypedDict, total=False):
    """Reply of the child, sent in parts of one JSON line each."""

    refused: list[str]
    file: dict[str, Any]
    estimator: str
    features: list[str]
    probability: list[float]
    seconds: float


OnPart = Callable[[SandboxReply], object]


def run(
    data: bytes,
    probe: "pd.DataFrame",
    *,
    choose: bool = False,
    limits: Limits = DEFAULT_LIMITS,
    on_part: OnPart = lambda part: None,
) -> SandboxResult:
    """Check a model file, build it and predict the rows of `probe` in a child process.

    Before reading the file, the child enters the jail (`jail`), which holds behind the allow-list; what of it is in
    force on this machine is measured by `confinement`.

    Parameters
    ----------
    probe : DataFrame of shape (n_rows, n_features)
        Numbers, NaN where missing.
    choose : bool
        Pass only the columns the model was fitted on, in its order, instead of all columns.
    on_part : callable
        Called with each part of the reply once its checks have passed: `file`, `estimator`, `features`.

    Raises
    ------
    ModelRefused
        If the file is refused, or the child crashes or exceeds a limit.
    """
    reply = _ask_child(_request(data, probe, choose, limits), limits, on_part)
    if "refused" in reply:
        raise ModelRefused(*reply["refused"])
    return SandboxResult(
        file=file_report(reply),
        estimator=reply["estimator"],
        features=tuple(reply["features"]),
        probability=np.asarray(reply["probability"], dtype=np.float64),
        seconds=reply["seconds"],
    )


def file_report(part: SandboxReply) -> FileReport:
    """Return the report in the part of the reply about the file."""
    return FileReport(**part["file"])


def _request(data: bytes, probe: "pd.DataFrame", choose: bool, limits: Limits) -> bytes:
    columns = [str(name) for name in probe.columns]
    header = {"size": len(data), "columns": columns, "choose": choose, "limits": asdict(limits)}
    rows = BytesIO()
    try:
        np.save(rows, probe.to_numpy(dtype=np.float64, na_value=np.nan), allow_pickle=False)
    except (TypeError, ValueError) as error:
        raise BadInput(f"The probe rows must be numbers ({error}); leave out other columns.") from error
    return json.dumps(header).encode() + b"\n" + data + rows.getvalue()


def _ask_child(request: bytes, limits: Limits, on_part: OnPart) -> SandboxReply:
    deadline = time.monotonic() + limits.wall_seconds
    with ThreadPoolExecutor(1) as pool, tracked(start(_CHILD)) as child:
        if child.stdin is None or child.stdout is None or child.stderr is None:
            raise AssertionError("the child was started without its pipes")
        log = pool.submit(child.stderr.read)
        timer = Timer(limits.wall_seconds, child.kill)
        timer.start()
        try:
            _send(child.stdin, request)
            reply = _receive(child.stdout, on_part)
            output, code = log.result(), child.wait()
        except BaseException:
            child.kill()
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
    return reply


def _send(to: IO[bytes], request: bytes) -> None:
    """Write the whole request; the child's output in the meantime is short and fits into its pipe."""
    with suppress(BrokenPipeError), to:
        to.write(request)


def _receive(lines: IO[bytes], on_part: OnPart) -> SandboxReply:
    """Merge the parts of the reply; incomplete if the child crashed."""
    reply: SandboxReply = {}
    for line in lines:
        if line.endswith(b"\n"):
            part: SandboxReply = json.loads(line)
            reply |= part
            on_part(part)
    return reply


def _crash(code: int, limits: Limits) -> ModelRefused:
    if code in {-signal.SIGXCPU, -signal.SIGKILL}:
        return ModelRefused(
            "model_too_slow",
            f"The model was not checked and run within {limits.cpu_seconds} s of processor time.",
            "Train a smaller model: fewer or shallower trees, or fewer stored samples.",
        )
    return ModelRefused(
        "model_crashed",
        "The process that ran the model crashed.",
        "Fit and save the model again; if it still fails, use another estimator.",
    )
