"""Child process of the sandbox: enters the jail, then checks, builds and converts one model file."""

import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from io import BytesIO

from ppa.modelfiles import jail
from ppa.modelfiles.errors import ModelRefused


def main() -> None:
    """Read a request from standard input and write the reply to standard output.

    The reply is one JSON line per part, and after the last the bytes of the program file.
    """
    reply = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # an estimator's own output must not mix with the reply
    header = json.loads(sys.stdin.buffer.readline())
    memory, cpu_seconds = header["limits"]["memory"], header["limits"]["cpu_seconds"]
    jail.limit(memory, cpu_seconds)
    jail.enter()

    def send(**part: object) -> None:
        reply.write(json.dumps(part).encode() + b"\n")
        reply.flush()

    with reply:
        try:
            reply.write(_converted(header["size"], header["columns"], send, choose=header["choose"]))
        except ModelRefused as refused:
            send(refused=[refused.code, refused.sentence, refused.remedy])
        except MemoryError:
            send(refused=_too_much_memory(memory))


def _converted(size: int, columns: list[str], send: Callable[..., None], *, choose: bool) -> bytes:
    started = time.perf_counter()
    data = sys.stdin.buffer.read(size)
    from ppa.modelfiles.files import build, inspect

    send(file=asdict(inspect(data)))
    import numpy as np
    import pandas as pd

    from ppa.core.programs.archive import dump
    from ppa.modelfiles.classifiers import check_classifier, check_features, feature_names
    from ppa.modelfiles.convert import convert

    rows = pd.DataFrame(np.load(BytesIO(sys.stdin.buffer.read()), allow_pickle=False), columns=columns)
    estimator = build(data)
    check_classifier(estimator)
    send(estimator=type(estimator).__name__)
    names = feature_names(estimator)
    if choose and set(names) <= set(columns):
        rows = rows[list(names or columns)]
    check_features(estimator, rows)
    send(features=names)
    converted = convert(estimator, rows)
    program = dump(converted.file)
    proof = {"rows": converted.proof.rows, "rule": converted.proof.rule}
    send(program=len(program), proof=proof, seconds=time.perf_counter() - started)
    return program


def _too_much_memory(memory: int) -> list[str]:
    return [
        "model_too_large",
        f"The model needs more than {memory >> 20} MiB of memory to be built and converted.",
        "Train a smaller model: fewer or shallower trees, or fewer stored samples.",
    ]
