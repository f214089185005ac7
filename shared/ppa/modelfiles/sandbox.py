"""The gate's dangerous half: a model file is checked, built and tried in a process of its own, under limits."""

import json
import logging
import signal
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict, dataclass
from io import BytesIO
from pathlib import Path
from threading import Timer
from typing import IO, TYPE_CHECKING, Any, TypedDict

import numpy as np

from ppa.core.errors import BadInput, Unavailable
from ppa.modelfiles.errors import ModelRefused

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

_LOG = logging.getLogger(__name__)
_ROOT = str(Path(__file__).parents[2])
# -I keeps the environment and the working folder out of the child's import path, which is exactly the parent's
_CHILD = "import sys; sys.path[:] = sys.argv[1:]; from ppa.modelfiles.child import main; main()"
_ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


@dataclass(frozen=True)
class Limits:
    """What the child may use: bytes of address space, seconds of processor and of wall time."""

    memory: int = 4 << 30
    cpu_seconds: int = 60
    wall_seconds: float = 90.0


DEFAULT_LIMITS = Limits()


@dataclass(frozen=True)
class FileReport:
    """What a model file is, found without building anything: sizes in bytes, the outermost type, all types."""

    size: int
    sha256: str
    members: int
    unpacked: int
    estimator: str
    types: tuple[str, ...]
    sklearn_version: str


@dataclass(frozen=True)
class SandboxResult:
    """What a model did in the gate.

    What its file is, its class, the columns it was fitted on (empty if unnamed), the probability of class 1 for each
    probe row, and how many seconds checking, building and predicting took.
    """

    file: FileReport
    estimator: str
    features: tuple[str, ...]
    probability: "NDArray[np.float64]"
    seconds: float


class SandboxReply(TypedDict, total=False):
    """The child's answer, which comes in parts: a line of JSON each."""

    refused: list[str]
    file: dict[str, Any]
    estimator: str
    features: list[str]
    probability: list[float]
    seconds: float


Tell = Callable[[SandboxReply], object]


def run(
    data: bytes,
    probe: "pd.DataFrame",
    *,
    choose: bool = False,
    limits: Limits = DEFAULT_LIMITS,
    tell: Tell = lambda part: None,
) -> SandboxResult:
    """Check a model file, build it and predict the rows of `probe` (numbers, NaN where missing) in a child process.

    It is given all columns, or with `choose` those that it was fitted on, in its order, where it knows them.
    `tell` hears each part of the answer as soon as it has passed its checks: `file`, `estimator`, `features`.
    ModelRefused if the file is refused, or if the child dies or exceeds a limit. Before it looks at the file, the
    child gives up memory, time, file writing and, where the kernel lets it (an unprivileged user namespace), the
    network; before it builds anything, a Python audit hook refuses sockets, processes and writing as well. That
    is defence in depth behind the allow-list, not a sandbox: where namespaces are forbidden, native code that
    had taken over the process could still reach the network.
    """
    answer = _ask_child(_question(data, probe, choose, limits), limits, tell)
    if "refused" in answer:
        raise ModelRefused(*answer["refused"])
    return SandboxResult(
        file=file_report(answer),
        estimator=answer["estimator"],
        features=tuple(answer["features"]),
        probability=np.asarray(answer["probability"], dtype=np.float64),
        seconds=answer["seconds"],
    )


def file_report(part: SandboxReply) -> FileReport:
    """What the part of the answer about the file says."""
    return FileReport(**part["file"])


def _question(data: bytes, probe: "pd.DataFrame", choose: bool, limits: Limits) -> bytes:
    columns = [str(name) for name in probe.columns]
    header = {"size": len(data), "columns": columns, "choose": choose, "limits": asdict(limits)}
    rows = BytesIO()
    try:
        np.save(rows, probe.to_numpy(dtype=np.float64, na_value=np.nan), allow_pickle=False)
    except (TypeError, ValueError) as error:
        raise BadInput(f"The probe rows have to be numbers ({error}): leave out other columns.") from error
    return json.dumps(header).encode() + b"\n" + data + rows.getvalue()


def _ask_child(question: bytes, limits: Limits, tell: Tell) -> SandboxReply:
    with ThreadPoolExecutor(1) as pool, _started() as child:
        if child.stdin is None or child.stdout is None or child.stderr is None:
            raise AssertionError("the child was started without its pipes")
        said = pool.submit(child.stderr.read)
        watch = Timer(limits.wall_seconds, child.kill)
        watch.start()
        try:
            _send(child.stdin, question)
            answer = _heard(child.stdout, tell)
            words, code = said.result(), child.wait()
        except BaseException:
            child.kill()
            raise
        finally:
            watch.cancel()
    if code != 0:
        _LOG.warning("examining a model ended with %s: %s", code, words[-2000:].decode(errors="replace"))
        raise _died(code, limits)
    return answer


def _started() -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-I", "-B", "-c", _CHILD, _ROOT, *filter(None, sys.path)]
    pipe = subprocess.PIPE
    try:
        # our own interpreter and code; the file goes through stdin
        return subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, env=_ONE_THREAD)  # noqa: S603
    except OSError as error:
        raise Unavailable(
            f"The process that examines models cannot be started ({error}): try again."
        ) from error


def _send(to: IO[bytes], question: bytes) -> None:
    """All of it; what the child tells meanwhile is short, and fits into its pipe."""
    with suppress(BrokenPipeError), to:
        to.write(question)


def _heard(lines: IO[bytes], tell: Tell) -> SandboxReply:
    """The parts of its answer together; short of some where it died."""
    answer: SandboxReply = {}
    for line in lines:
        if line.endswith(b"\n"):
            part: SandboxReply = json.loads(line)
            answer |= part
            tell(part)
    return answer


def _died(code: int, limits: Limits) -> ModelRefused:
    if code in {-signal.SIGXCPU, -signal.SIGKILL}:
        return _too_slow(limits)
    return ModelRefused(
        "model_crashed",
        "The process that tried the model died of it.",
        "Fit the model again and save it anew; if it stays so, use another estimator.",
    )


def _too_slow(limits: Limits) -> ModelRefused:
    return ModelRefused(
        "model_too_slow",
        f"The model was not checked and tried within {limits.cpu_seconds} s of processor time "
        f"and {limits.wall_seconds:g} s in all.",
        "Train a smaller model: fewer or shallower trees, or fewer stored samples.",
    )
