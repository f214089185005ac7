"""Child processes that examine models: known by their parent, so that stopping it stops them as well."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ppa.core.errors import Unavailable

STOPPED = -signal.SIGTERM

_ROOT = str(Path(__file__).parents[2])
# -I ignores the environment and the working folder; the child's import path equals the parent's
_MAIN = "import sys; sys.path[:] = sys.argv[1:]; from {} import main; main()"
_ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")

_running: set["subprocess.Popen[bytes]"] = set()


def start(module: str) -> "subprocess.Popen[bytes]":
    """Start `main` of a module of this package in a child process with three pipes; Unavailable if that fails."""
    command = [sys.executable, "-I", "-B", "-c", _MAIN.format(module), _ROOT, *filter(None, sys.path)]
    pipe = subprocess.PIPE
    try:
        # our own interpreter and code; requests go through stdin. Ctrl-C in a terminal goes to the parent alone
        return subprocess.Popen(  # noqa: S603
            command, stdin=pipe, stdout=pipe, stderr=pipe, env=_ONE_THREAD, process_group=0
        )
    except OSError as error:
        raise Unavailable(f"The sandbox process cannot be started ({error}); try again.") from error


@contextmanager
def tracked(child: "subprocess.Popen[bytes]") -> Iterator["subprocess.Popen[bytes]"]:
    """Let `stop_children` find the child while it runs; close its pipes and wait for it at the end."""
    _running.add(child)
    try:
        with child:
            yield child
    finally:
        _running.discard(child)


def stop_children() -> None:
    """End every running child; its exit status is then STOPPED. May be called from a signal handler."""
    for child in tuple(_running):
        child.terminate()
