"""The jail of the process that examines a model: limits, and whatever of the kernel's means this machine has.

Nothing here is assumed to hold: `confinement` measures it.
"""

import ctypes
import resource
import site
import sys
import sysconfig
from collections.abc import Iterator, Mapping
from pathlib import Path

from ppa.modelfiles import landlock, syscalls

_NEW_USER_AND_NETWORK = 0x10000000 | 0x40000000  # CLONE_NEWUSER | CLONE_NEWNET
_NO_NEW_PRIVILEGES = 38  # PR_SET_NO_NEW_PRIVS, which seccomp and Landlock require
# libraries; the processor and the process's own memory map, which numerical libraries inspect
_SYSTEM = ("/usr/lib", "/usr/lib64", "/lib", "/lib64", "/etc/ld.so.cache")
_INSPECTED = ("/sys/devices/system/cpu", "/proc/cpuinfo", "/proc/meminfo", "/proc/self/maps")
_FORBIDDEN = (
    "os.exec",
    "os.fork",
    "os.kill",
    "os.link",
    "os.mkdir",
    "os.posix_spawn",
    "os.remove",
    "os.rename",
    "os.rmdir",
    "os.spawn",
    "os.symlink",
    "os.system",
    "os.truncate",
    "pty.",
    "shutil.",
    "socket.",
    "subprocess.",
)


def limit(memory: int, cpu_seconds: int) -> None:
    """Limit address space (bytes) and processor time (seconds), and forbid writing files and core dumps."""
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def enter() -> Mapping[str, bool]:
    """Give up, for good, everything but computing and reading the installed packages; say which means worked.

    Call it in a process with one thread: the other threads stay free.
    """
    entered = {"network namespace": False, "Landlock": False, "seccomp": False}
    if sys.platform == "linux":
        libc = ctypes.CDLL(None)
        entered["network namespace"] = libc.unshare(_NEW_USER_AND_NETWORK) == 0
        libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
        entered["Landlock"] = landlock.restrict(_readable())
        entered["seccomp"] = syscalls.restrict()
    sys.addaudithook(_refuse_event)
    return entered


def _readable() -> Iterator[Path]:
    """Folders and files that importing a module may read."""
    yield from map(Path, _SYSTEM + _INSPECTED)
    yield Path(__file__).parents[2]
    yield from {Path(path) for path in sysconfig.get_paths().values()}
    yield from map(Path, site.getsitepackages())
    yield from (Path(path) for path in sys.path if path.endswith("-packages"))


def _refuse_event(event: str, arguments: tuple[object, ...]) -> None:
    writes = event == "open" and isinstance(arguments[2], int) and arguments[2] & syscalls.WRITING
    if writes or event.startswith(_FORBIDDEN):
        raise PermissionError(f"{event} is not allowed while a model is run")
