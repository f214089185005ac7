"""Forked processes: for shares of the work, and for each trial, with limits."""

import os
import resource
import sys
from collections.abc import Callable, Iterable

ADDRESS_SPACE = 12 << 30


def forked(work: Callable[[], object]) -> int:
    """Start `work` in a forked process; gives its pid."""
    sys.stdout.flush()
    if pid := os.fork():
        return pid
    status = 1
    try:
        work()
        status = 0
    finally:
        sys.stdout.flush()
        os._exit(status)


def wait_for(pids: Iterable[int]) -> None:
    """Wait until all have ended."""
    for pid in pids:
        os.waitpid(pid, 0)


def limited(seconds: float, work: Callable[[], int]) -> int:
    """Run `work` in a forked process, silently, with so much time of a processor; gives its wait status.

    Its exit status is what `work` returns, 1 where that raises.
    """
    if pid := os.fork():
        return os.waitpid(pid, 0)[1]
    status = 1
    try:
        resource.setrlimit(resource.RLIMIT_CPU, (int(seconds) + 1, int(seconds) + 2))
        resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        os.dup2(nowhere, 2)
        status = work()
    finally:
        os._exit(status)
