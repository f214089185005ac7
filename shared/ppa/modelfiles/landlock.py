"""Landlock: a process gives up files, connections and signals for good (Linux, from version 5.13 on).

https://docs.kernel.org/userspace-api/landlock.html
"""

import ctypes
import os
import struct
from collections.abc import Iterable
from pathlib import Path

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446  # the same on every architecture
_PATH_BENEATH, _ASK_VERSION = 1, 1
_READ_FILE, _READ_FOLDER = 1 << 2, 1 << 3
# rights to files that a version of the kernel's interface knows; later ones know more, which are not used
_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}
_NETWORK_FROM, _SCOPE_FROM = 4, 6
_BIND_AND_CONNECT, _SOCKETS_AND_SIGNALS = 0b11, 0b11


def restrict(readable: Iterable[Path]) -> bool:
    """Refuse this thread all files but reading those at and below `readable`; False where the kernel cannot.

    Where the kernel knows how, also TCP connections, and signals and sockets to processes outside.
    """
    call = ctypes.CDLL(None).syscall
    version = call(_CREATE_RULESET, None, ctypes.c_size_t(0), _ASK_VERSION)
    if version < 1:
        return False
    network = _BIND_AND_CONNECT if version >= _NETWORK_FROM else 0
    scope = _SOCKETS_AND_SIGNALS if version >= _SCOPE_FROM else 0
    rights = (1 << _RIGHTS[min(version, max(_RIGHTS))]) - 1
    rules = call(_CREATE_RULESET, struct.pack("QQQ", rights, network, scope), ctypes.c_size_t(24), 0)
    if rules < 0:
        return False
    for path in readable:
        _allow_reading(call, rules, path)
    restricted = bool(call(_RESTRICT_SELF, rules, 0) == 0)
    os.close(rules)
    return restricted


def _allow_reading(call: "ctypes._NamedFuncPointer", rules: int, path: Path) -> None:
    if not path.exists():
        return
    descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    rights = _READ_FILE | (_READ_FOLDER if path.is_dir() else 0)
    call(_ADD_RULE, rules, _PATH_BENEATH, struct.pack("=Qi", rights, descriptor), 0)
    os.close(descriptor)
