"""Forked processes: for shares of the work, and for each trial, with limits."""

import os
import resource
import sys
import traceback
from collections.abc import Callable, Iterable

ADDRESS_SPACE = 12 << 30
FAILED = 4


def forked(work: Callable[[], object]) -> int:
    """Start `work` in a forked process; gives its pid."""
    sys.stdout.flush()
    if pid := os.fork():
        return pid
    status = 1
    try:
        work()
        status = 0
    except BaseException:
        traceback.print_exc()
        raise
    finally:
        sys.stdout.flush()
        os._exit(status)


def wait_for(pids: Iterable[int]) -> None:
    """Wait until all have ended; raises `RuntimeError` where one failed."""
    statuses = [os.waitpid(pid, 0)[1] for pid in pids]
    if any(statuses):
        raise RuntimeError("A process that tries mutants failed. Its traceback is above.")


def limited(seconds: float, work: Callable[[], int]) -> int:
    """Run `work` in a forked process, silently, with so much time of a processor; gives its wait status.

    Its exit status is what `work` returns, `FAILED` where that raises.
    """
    if pid := os.fork():
        return os.waitpid(pid, 0)[1]
    status = FAILED
    try:
        resource.setrlimit(resource.RLIMIT_CPU, (int(seconds) + 1, int(seconds) + 2))
        resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        os.dup2(nowhere, 2)
        status = work()
    finally:
        os._exit(status)
