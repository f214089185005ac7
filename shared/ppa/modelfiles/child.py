"""Child process of the sandbox: drops its privileges, then checks, builds and runs one model file."""

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
    """Read a request from standard input and write the reply to standard output, one JSON line per part."""
    reply = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # an estimator's own output must not mix with the reply
    header = json.loads(sys.stdin.buffer.readline())
    _drop_privileges(**header["limits"])

    def send(**part: object) -> None:
        print(json.dumps(part), file=reply, flush=True)

    with reply:
        try:
            _run(header["size"], header["columns"], send, choose=header["choose"])
        except ModelRefused as refused:
            send(refused=[refused.code, refused.sentence, refused.remedy])
        except MemoryError:
            send(refused=_too_much_memory(header["limits"]["memory"]))


def _run(size: int, columns: list[str], send: Callable[..., None], *, choose: bool) -> None:
    started = time.perf_counter()
    data = sys.stdin.buffer.read(size)
    from ppa.modelfiles.files import build, inspect

    send(file=asdict(inspect(data)))
    import numpy as np
    import pandas as pd

    from ppa.modelfiles.probability import check_features, column_of_one, feature_names, predict_probability

    probe = pd.DataFrame(np.load(BytesIO(sys.stdin.buffer.read()), allow_pickle=False), columns=columns)
    _install_audit_hook()
    estimator = build(data)
    column_of_one(estimator)
    send(estimator=type(estimator).__name__)
    names = feature_names(estimator)
    if choose and set(names) <= set(columns):
        probe = probe[list(names or columns)]
    check_features(estimator, probe)
    send(features=names)
    probability = predict_probability(estimator, probe)
    send(probability=probability.tolist(), seconds=time.perf_counter() - started)


def _drop_privileges(memory: int, cpu_seconds: int, wall_seconds: float) -> None:
    """Limit memory, processor time and file writing, and leave the network namespace if the kernel allows."""
    del wall_seconds  # enforced by the parent
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        ctypes.CDLL(None).unshare(_NEW_USER_AND_NETWORK)  # has no effect where it is forbidden


def _install_audit_hook() -> None:
    """Prevent Python code in this process from connecting, starting processes and changing files."""
    import_module("skops.io")  # before the hook: on import, libraries run processes to inspect the machine
    sys.addaudithook(_refuse_event)


def _refuse_event(event: str, arguments: tuple[object, ...]) -> None:
    writes = event == "open" and isinstance(arguments[2], int) and arguments[2] & _WRITING
    if writes or event.startswith(_FORBIDDEN):
        raise PermissionError(f"{event} is not allowed while a model is run")


def _too_much_memory(memory: int) -> list[str]:
    return [
        "model_too_large",
        f"The model needs more than {memory >> 20} MiB of memory to be built and run.",
        "Train a smaller model: fewer or shallower trees, or fewer stored samples.",
    ]
