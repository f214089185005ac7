"""Measurement of the jail: a child process enters it and tries what it must not be able to do."""

import json
import socket
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from subprocess import TimeoutExpired
from tempfile import TemporaryDirectory
from threading import Lock

from ppa.core.errors import Unavailable
from ppa.modelfiles import attempts
from ppa.modelfiles.children import start, tracked

_ATTEMPTS = attempts.__name__
_SECONDS = 60.0
_lock = Lock()


@dataclass(frozen=True)
class Confinement:
    """Outcome of a measurement: the kernel's means that were entered, and the attempts that were and were not refused.

    An attempt of which nothing is known counts as not refused.
    """

    means: tuple[str, ...]
    refused: tuple[str, ...]
    not_refused: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """The outcome in words."""
        if not self.refused:
            return "Nothing is known to be refused to the process that examines models."
        tried = f"The process that examines models tried to {_listed(self.refused)}: all refused."
        return f"{tried} Not known to be refused: {_listed(self.not_refused)}." if self.not_refused else tried


def _listed(names: Sequence[str]) -> str:
    """Return names separated by commas and a last "and"."""
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else "".join(names)


def confinement() -> Confinement:
    """Return the measurement of this process, made when it is first asked for."""
    with _lock:
        return _measured()


@cache
def _measured() -> Confinement:
    return measure()


def measure() -> Confinement:
    """Measure the jail in a new child process, with files and a socket made for it."""
    with TemporaryDirectory() as folder, socket.create_server(("127.0.0.1", 0)) as server:
        for name in ("victim", "secret"):
            (Path(folder) / name).write_text("content")
        reply = _ask_child({"folder": folder, "port": server.getsockname()[1]})
        untouched = {path.name: path.read_text() for path in Path(folder).iterdir()}
    harmless = untouched == {"victim": "content", "secret": "content"}
    refused = tuple(name for name in attempts.ATTEMPTS if reply["refused"].get(name) and harmless)
    return Confinement(
        means=tuple(name for name, entered in reply["entered"].items() if entered),
        refused=refused,
        not_refused=tuple(name for name in attempts.ATTEMPTS if name not in refused),
    )


def _ask_child(request: Mapping[str, object]) -> Mapping[str, dict[str, bool]]:
    """Merge the parts of the child's reply; incomplete where it did not start, has crashed or does not end."""
    output = b""
    with suppress(Unavailable), tracked(start(_ATTEMPTS)) as child:
        try:
            output, _ = child.communicate(json.dumps(request).encode() + b"\n", _SECONDS)
        except TimeoutExpired:
            child.kill()
            output, _ = child.communicate()
    reply: dict[str, dict[str, bool]] = {"entered": {}, "refused": {}}
    for line in output.splitlines():
        with suppress(ValueError):
            for name, part in json.loads(line).items():
                reply[name] |= part
    return reply
