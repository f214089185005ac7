"""Ctrl-C and SIGTERM: a command ends at any moment with one line, without a traceback.

The first signal raises Stop in the main thread, so that files and connections are closed; a second one ends the
process at once. What fails after a signal is a consequence of it and is not reported.
"""

import logging
import os
import signal
import sys
import threading
from collections.abc import Callable
from types import FrameType
from typing import NoReturn

from ppa.modelfiles.children import stop_children

_received: list[int] = []
_actions: list[Callable[[], object]] = []


class Stop(SystemExit):
    """Raised in the main thread by a signal that stops the command; its code is 130 or 143, as in a shell."""


def handle_signals() -> None:
    """Raise Stop on SIGINT and SIGTERM."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _stop)


def on_stop(action: Callable[[], object]) -> None:
    """Call `action` in the signal handler, before Stop is raised."""
    _actions.append(action)


def stopped() -> bool:
    """Return whether a signal has come."""
    return bool(_received)


def leave(code: int | None = None) -> NoReturn:
    """End the process without waiting for its threads, which may be in the middle of work that no longer counts.

    By default the exit code is that of the signal. The interpreter does not clean up: threads inside native code
    would abort it, and DuckDB would report as leaked what they still hold.
    """
    stop_children()
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(128 + _received[0] if code is None else code)


def _ignore(_: object) -> None:
    """Report nothing."""


def _stop(number: int, _frame: FrameType | None) -> None:
    if _received:
        leave()
    _received.append(number)
    logging.disable()
    sys.unraisablehook = threading.excepthook = _ignore
    for action in (*_actions, stop_children):
        action()
    raise Stop(128 + number)
