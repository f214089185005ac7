"""Child processes that examine models: known by their parent, so that stopping it stops them as well."""

import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

STOPPED = -signal.SIGTERM

_running: set["subprocess.Popen[bytes]"] = set()


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
