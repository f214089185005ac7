"""Child process that enters the jail and then tries what it must not be able to do, through the C library.

It reads one JSON object: a folder with the files `victim` and `secret`, and the port of a listening socket on this
machine. It prints the means that were entered, and for each attempt whether it was refused.
"""

import ctypes
import json
import os
import struct
import sys
from collections.abc import Callable, Mapping

from ppa.modelfiles import jail

_MEMORY, _CPU_SECONDS = 1 << 30, 20
_INTERNET, _STREAM = 2, 1  # AF_INET, SOCK_STREAM
_NO_SIGNAL = 0
WRITE, REMOVE, RENAME, TRUNCATE = "write a file", "remove a file", "rename a file", "truncate a file"
READ, CONNECT, FORK, SIGNAL = (
    "read other files",
    "connect",
    "start a process",
    "signal another process",
)
EXECUTE = "execute a program"
ATTEMPTS = (WRITE, REMOVE, RENAME, TRUNCATE, READ, CONNECT, FORK, SIGNAL, EXECUTE)


def main() -> None:
    """Enter the jail, try everything, and print the outcome."""
    request = json.loads(sys.stdin.buffer.readline())
    reply = os.dup(1)
    jail.limit(_MEMORY, _CPU_SECONDS)
    entered = jail.enter()
    refused = {name: not attempt() for name, attempt in _attempts(**request).items()}
    _send(reply, {"entered": entered, "refused": refused})
    # a program takes the place of this one, and the pipe closes; only a refused attempt returns
    ctypes.CDLL(None).execv(b"/bin/true", (ctypes.c_char_p * 2)(b"true", None))
    _send(reply, {"refused": {EXECUTE: True}})


def _send(descriptor: int, part: Mapping[str, object]) -> None:
    os.write(descriptor, json.dumps(part).encode() + b"\n")


def _attempts(folder: str, port: int) -> Mapping[str, Callable[[], bool]]:
    """Attempts by name; each returns whether it succeeded."""
    libc = ctypes.CDLL(None)
    victim, secret, new = (f"{folder}/{name}".encode() for name in ("victim", "secret", "new"))
    environment = f"/proc/{os.getppid()}/environ".encode()

    def opens(path: bytes, flags: int) -> bool:
        return bool(libc.open(path, flags, 0o600) >= 0)

    def connects() -> bool:
        address = struct.pack("=H", _INTERNET) + struct.pack("!H4s8x", port, bytes([127, 0, 0, 1]))
        return bool(libc.connect(libc.socket(_INTERNET, _STREAM, 0), address, len(address)) == 0)

    def forks() -> bool:
        child = libc.fork()
        if child == 0:
            os._exit(0)
        return bool(child > 0)

    return {
        WRITE: lambda: opens(new, os.O_WRONLY | os.O_CREAT),
        TRUNCATE: lambda: libc.truncate(victim, ctypes.c_long(0)) == 0,
        RENAME: lambda: libc.rename(victim, new) == 0,
        READ: lambda: any(opens(path, os.O_RDONLY) for path in (secret, environment)),
        REMOVE: lambda: libc.unlink(secret) == 0,
        CONNECT: connects,
        FORK: forks,
        SIGNAL: lambda: libc.kill(os.getppid(), _NO_SIGNAL) == 0,
    }
