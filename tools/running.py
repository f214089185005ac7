"""Run a deployment's commands, or only say which they would be."""

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
# gcloud gives up on an answer after five minutes, and a slice of history may take an hour
PATIENCE = {"CLOUDSDK_CORE_HTTP_TIMEOUT": "3600"}


@dataclass(frozen=True)
class Answer:
    """What a command that only looks has found: whether it succeeded, and what it printed."""

    ok: bool
    text: str


class Shell:
    """Runs commands in the clone's folder; a dry one prints those that change something, and runs those that look.

    Whatever fails, unless it was only asked, is Unavailable.
    """

    def __init__(self, *, dry: bool = False, environ: Mapping[str, str] = os.environ) -> None:
        self.dry = dry
        self._environ = {**environ, **PATIENCE}

    def say(self, line: str) -> None:
        """Tell the person, before whatever the next command prints."""
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()

    def change(self, command: Command) -> None:
        """Run a command that changes something: the person sees what it prints, and answers what it asks."""
        if self.dry:
            self._show(command)
        else:
            self.look(command)

    def look(self, command: Command) -> None:
        """Run a command that changes nothing in the cloud, and show what it prints."""
        self._show(command)
        self._check(command, _started(command, self._environ))

    def ask(self, command: Command) -> Answer:
        """Run a command that only looks; its complaints are not shown: not to be there yet is an answer."""
        done = _started(command, self._environ, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        return Answer(done.returncode == 0, done.stdout.strip())

    def read(self, command: Command, question: str) -> str:
        """Ask a command that only looks; its complaints are shown, and end it."""
        done = _started(command, self._environ, stdout=subprocess.PIPE, question=question)
        self._check(command, done)
        return done.stdout.strip()

    def talk(self, command: Command) -> str:
        """Run a command that changes something, and give what it printed; nothing where this is dry."""
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
                f"{command[0]} failed (exit code {done.returncode}); its own words are above. "
                "Put that right and run the same again: what is done is not done twice."
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
        return subprocess.run(  # noqa: S603 # commands.py says what they are
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
