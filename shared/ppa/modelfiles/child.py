"""Child process of the sandbox: enters the jail, then checks, builds and runs one model file."""

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
    """Read a request from standard input and write the reply to standard output, one JSON line per part."""
    reply = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # an estimator's own output must not mix with the reply
    header = json.loads(sys.stdin.buffer.readline())
    memory, cpu_seconds = header["limits"]["memory"], header["limits"]["cpu_seconds"]
    jail.limit(memory, cpu_seconds)
    jail.enter()

    def send(**part: object) -> None:
        print(json.dumps(part), file=reply, flush=True)

    with reply:
        try:
            _run(header["size"], header["columns"], send, choose=header["choose"])
        except ModelRefused as refused:
            send(refused=[refused.code, refused.sentence, refused.remedy])
        except MemoryError:
            send(refused=_too_much_memory(memory))


def _run(size: int, columns: list[str], send: Callable[..., None], *, choose: bool) -> None:
    started = time.perf_counter()
    data = sys.stdin.buffer.read(size)
    from ppa.modelfiles.files import build, inspect

    send(file=asdict(inspect(data)))
    import numpy as np
    import pandas as pd

    from ppa.modelfiles.probability import check_features, column_of_one, feature_names, predict_probability

    probe = pd.DataFrame(np.load(BytesIO(sys.stdin.buffer.read()), allow_pickle=False), columns=columns)
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


def _too_much_memory(memory: int) -> list[str]:
    return [
        "model_too_large",
        f"The model needs more than {memory >> 20} MiB of memory to be built and run.",
        "Train a smaller model: fewer or shallower trees, or fewer stored samples.",
    ]
