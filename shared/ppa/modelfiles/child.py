"""The child of the gate: gives up what it can, then checks, builds and tries one model file."""

import ctypes
import json
import os
import resource
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from importlib import import_module
from io import BytesIO

from ppa.modelfiles.errors import ModelRefused

_NEW_USER_AND_NETWORK = 0x10000000 | 0x40000000  # CLONE_NEWUSER | CLONE_NEWNET
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_FORBIDDEN = (
    "os.exec",
    "os.fork",
    "os.kill",
    "os.link",
    "os.mkdir",
    "os.posix_spawn",
    "os.remove",
    "os.rename",
    "os.rmdir",
    "os.spawn",
    "os.symlink",
    "os.system",
    "os.truncate",
    "pty.",
    "shutil.",
    "socket.",
    "subprocess.",
)


def main() -> None:
    """Read a question of `gate` from standard input, write the answer to standard output: a line of JSON a part."""
    reply = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what an estimator prints must not mix with the answer
    header = json.loads(sys.stdin.buffer.readline())
    _give_up(**header["limits"])

    def tell(**part: object) -> None:
        print(json.dumps(part), file=reply, flush=True)

    with reply:
        try:
            _examine(header["size"], header["columns"], tell, choose=header["choose"])
        except ModelRefused as refused:
            tell(refused=[refused.code, refused.sentence, refused.remedy])
        except MemoryError:
            tell(refused=_too_much_memory(header["limits"]["memory"]))


def _examine(size: int, columns: list[str], tell: Callable[..., None], *, choose: bool) -> None:
    started = time.perf_counter()
    data = sys.stdin.buffer.read(size)
    from ppa.modelfiles.files import build, inspect

    tell(file=asdict(inspect(data)))
    import numpy as np
    import pandas as pd

    from ppa.modelfiles.probability import check_features, column_of_one, feature_names, predict_probability

    probe = pd.DataFrame(np.load(BytesIO(sys.stdin.buffer.read()), allow_pickle=False), columns=columns)
    _forbid_acts()
    estimator = build(data)
    column_of_one(estimator)
    tell(estimator=type(estimator).__name__)
    named = feature_names(estimator)
    if choose and set(named) <= set(columns):
        probe = probe[list(named or columns)]
    check_features(estimator, probe)
    tell(features=named)
    probability = predict_probability(estimator, probe)
    tell(probability=probability.tolist(), seconds=time.perf_counter() - started)


def _give_up(memory: int, cpu_seconds: int, wall_seconds: float) -> None:
    """Limit memory, processor time and file writing, and leave the network behind where the kernel allows."""
    del wall_seconds  # the parent's watch
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        ctypes.CDLL(None).unshare(_NEW_USER_AND_NETWORK)  # fails quietly where it is forbidden


def _forbid_acts() -> None:
    """From here on, Python code in this process can neither connect, start a process nor change a file."""
    import_module("skops.io")  # on import, libraries ask the machine about itself, which is forbidden now
    sys.addaudithook(_refuse_act)


def _refuse_act(event: str, arguments: tuple[object, ...]) -> None:
    writes = event == "open" and isinstance(arguments[2], int) and arguments[2] & _WRITING
    if writes or event.startswith(_FORBIDDEN):
        raise PermissionError(f"{event} is not allowed while a model is tried")


def _too_much_memory(memory: int) -> list[str]:
    return [
        "model_too_large",
        f"The model needs more than {memory >> 20} MiB of memory to be built and tried.",
        "Train a smaller model: fewer or shallower trees, or fewer stored samples.",
    ]
