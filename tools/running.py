"""Run the commands of a deployment, or only print them."""

import os
import shlex
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass

from ppa.core.errors import Unavailable
from tools.commands import Command
from tools.packages import ROOT

INSTALLING = {
    "gcloud": "https://cloud.google.com/sdk/docs/install",
    "terraform": "https://developer.hashicorp.com/terraform/install",
}
# gcloud times out after five minutes, and a slice of history may take an hour
PATIENCE = {"CLOUDSDK_CORE_HTTP_TIMEOUT": "3600"}


@dataclass(frozen=True)
class Answer:
    """Result of a read-only command: its success and output."""

    ok: bool
    text: str


class Shell:
    """Runs commands in the repository's root. A dry shell prints commands that change something and runs the others.

    Failures raise Unavailable, except for `ask`.
    """

    def __init__(self, *, dry: bool = False, environ: Mapping[str, str] = os.environ) -> None:
        self.dry = dry
        self._environ = {**environ, **PATIENCE}

    def say(self, line: str) -> None:
        """Print a line before the output of the next command."""
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()

    def change(self, command: Command) -> None:
        """Run a command that changes something, with its output and prompts shown."""
        if self.dry:
            self._show(command)
        else:
            self.look(command)

    def look(self, command: Command) -> None:
        """Run a read-only command and show its output."""
        self._show(command)
        self._check(command, _started(command, self._environ))

    def ask(self, command: Command) -> Answer:
        """Run a read-only command and return its result; errors are not shown."""
        done = _started(command, self._environ, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        return Answer(done.returncode == 0, done.stdout.strip())

    def read(self, command: Command, question: str) -> str:
        """Run a read-only command with `question` as input and return its output; errors are shown and raised."""
        done = _started(command, self._environ, stdout=subprocess.PIPE, question=question)
        self._check(command, done)
        return done.stdout.strip()

    def talk(self, command: Command) -> str:
        """Run a command that changes something and return its output; empty in a dry shell."""
        self._show(command)
        if self.dry:
            return ""
        done = _started(command, self._environ, stdout=subprocess.PIPE)
        self._check(command, done)
        return done.stdout.strip()

    def _show(self, command: Command) -> None:
        self.say(f"  $ {shlex.join(command)}")

    def _check(self, command: Command, done: subprocess.CompletedProcess[str]) -> None:
        if done.returncode:
            raise Unavailable(
                f"{command[0]} failed (exit code {done.returncode}); see its messages above. "
                "Fix the cause and run the command again; completed steps are not repeated."
            )


def _started(
    command: Command,
    environ: Mapping[str, str],
    *,
    stdout: int | None = None,
    stderr: int | None = None,
    question: str | None = None,
) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(  # noqa: S603 # commands of tools/commands.py
            command,
            cwd=ROOT,
            env=environ,
            stdout=stdout,
            stderr=stderr,
            input=question,
            text=True,
            check=False,
        )
    except FileNotFoundError:
        raise Unavailable(f"{command[0]} is not installed; see {INSTALLING[command[0]]}.") from None
