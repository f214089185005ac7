"""Filter of system calls for a process that only computes: a program for the kernel's seccomp (Linux).

A call that is not listed fails with EPERM: all that write, connect, execute, start or signal anything, and those
that will be added to Linux. Files can be opened for reading only. Format of the filter:
https://docs.kernel.org/userspace-api/seccomp_filter.html
"""

import ctypes
import errno
import os
import platform
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND

_LOAD, _EQUAL, _ANY_BIT, _RETURN = 0x20, 0x15, 0x45, 0x06  # BPF_LD|ABS, JMP|JEQ|K, JMP|JSET|K, RET|K
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050000 | errno.EPERM  # SECCOMP_RET_ALLOW, SECCOMP_RET_ERRNO
_NUMBER_AT, _ARCHITECTURE_AT, _ARGUMENTS_AT = 0, 4, 16  # in struct seccomp_data
_NOT_READING_STATE = 0xFFFFFFFC  # commands of fcntl above F_GETFL


@dataclass(frozen=True)
class SystemCalls:
    """Numbers of one architecture: its own, the calls that are allowed, and calls allowed without certain bits.

    `unless` holds for a call the position of an argument, and the bits of it that make the call fail.
    """

    architecture: int
    allowed: frozenset[int]
    unless: Mapping[int, tuple[int, int]]


def _numbers(text: str) -> frozenset[int]:
    return frozenset(int(word) for word in text.split() if word.isdigit())


SYSTEM_CALLS: Mapping[str, SystemCalls] = {
    "x86_64": SystemCalls(
        0xC000003E,
        _numbers("""
            read 0 write 1 close 3 stat 4 fstat 5 lstat 6 lseek 8 mmap 9 mprotect 10 munmap 11 brk 12
            rt_sigaction 13 rt_sigprocmask 14 rt_sigreturn 15 pread64 17 readv 19 writev 20 access 21
            sched_yield 24 mremap 25 madvise 28 dup 32 nanosleep 35 getpid 39 exit 60 uname 63 getcwd 79
            readlink 89 gettimeofday 96 getrlimit 97 sysinfo 99 getuid 102 getgid 104 geteuid 107 getegid 108
            getppid 110 sigaltstack 131 gettid 186 futex 202 sched_getaffinity 204 getdents64 217
            restart_syscall 219 clock_gettime 228 clock_getres 229 clock_nanosleep 230 exit_group 231
            newfstatat 262 readlinkat 267 faccessat 269 getcpu 309 getrandom 318 statx 332 faccessat2 439
        """),
        {2: (1, WRITING), 257: (2, WRITING), 72: (1, _NOT_READING_STATE)},  # open, openat, fcntl
    ),
    "aarch64": SystemCalls(
        0xC00000B7,
        _numbers("""
            getcwd 17 dup 23 faccessat 48 close 57 getdents64 61 lseek 62 read 63 write 64 readv 65 writev 66
            pread64 67 readlinkat 78 newfstatat 79 fstat 80 exit 93 exit_group 94 futex 98 nanosleep 101
            clock_gettime 113 clock_getres 114 clock_nanosleep 115 sched_getaffinity 123 sched_yield 124
            restart_syscall 128 sigaltstack 132 rt_sigaction 134 rt_sigprocmask 135 rt_sigreturn 139 uname 160
            getrlimit 163 getcpu 168 gettimeofday 169 getpid 172 getppid 173 getuid 174 geteuid 175 getgid 176
            getegid 177 gettid 178 sysinfo 179 brk 214 munmap 215 mremap 216 mmap 222 mprotect 226 madvise 233
            getrandom 278 statx 291 faccessat2 439
        """),
        {56: (2, WRITING), 25: (1, _NOT_READING_STATE)},  # openat, fcntl
    ),
}


def restrict() -> bool:
    """Refuse this thread, and what it starts, all other system calls for good; False where the kernel cannot."""
    calls = SYSTEM_CALLS.get(platform.machine())
    if calls is None:
        return False
    instructions = list(_filter(calls))
    code = ctypes.create_string_buffer(b"".join(instructions), 8 * len(instructions))
    program = ctypes.create_string_buffer(
        struct.pack("HxxxxxxP", len(instructions), ctypes.addressof(code)), 16
    )
    set_seccomp, filter_mode = 22, 2  # PR_SET_SECCOMP, SECCOMP_MODE_FILTER
    return bool(ctypes.CDLL(None).prctl(set_seccomp, filter_mode, program, 0, 0) == 0)


def _filter(calls: SystemCalls) -> Iterator[bytes]:
    """Instructions: code, steps to skip if true and if false, operand."""

    def step(code: int, operand: int, if_true: int = 0, if_false: int = 0) -> bytes:
        return struct.pack("HBBI", code, if_true, if_false, operand)

    yield step(_LOAD, _ARCHITECTURE_AT)
    yield step(_EQUAL, calls.architecture, if_true=1)
    yield step(_RETURN, _REFUSE)
    yield step(_LOAD, _NUMBER_AT)
    for number in sorted(calls.allowed):
        yield step(_EQUAL, number, if_false=1)
        yield step(_RETURN, _ALLOW)
    for number, (argument, bits) in calls.unless.items():
        yield step(_EQUAL, number, if_false=4)
        yield step(_LOAD, _ARGUMENTS_AT + 8 * argument)
        yield step(_ANY_BIT, bits, if_true=1)
        yield step(_RETURN, _ALLOW)
        yield step(_RETURN, _REFUSE)
    yield step(_RETURN, _REFUSE)
