"""Entry point of the `ppa` command: handles signals first, since importing the commands takes a moment."""

import sys

from ppa.cli.stopping import handle_signals, leave, stopped


def main() -> None:
    """Run a command; exit with 0, 1 after an error, 2 after a wrong option or file, 130 by Ctrl-C, 143 by SIGTERM.

    An error is one line on stderr. `ppa run` exits with 0 however it is stopped.
    """
    try:
        handle_signals()
        from ppa.cli.main import run_command

        run_command()
    except BaseException:
        if not stopped():
            raise
        sys.stderr.write("Stopped.\n")
        leave()
    if stopped():  # the command has printed it
        leave(0)
