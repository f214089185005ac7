"""The `ppa` command and its subcommands."""

import sys
from typing import NoReturn

import click
from rich.console import Console

from ppa.cli.data import data, replay, verify
from ppa.cli.datasets import dataset
from ppa.cli.imports import import_csv, import_series
from ppa.cli.labels import labels
from ppa.cli.models import models, train
from ppa.cli.policies import alerts, policies, rules
from ppa.cli.run import run
from ppa.cli.status import schedules, status
from ppa.cli.stopping import stopped
from ppa.core.errors import PpaError

stderr = Console(stderr=True)

# codes of errors that say what is wrong with a given file, which end a command as a wrong option does
WRONG_FILE = frozenset({"file_refused"})


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def ppa() -> None:
    """Test your price-direction model live."""


for command in (
    run,
    import_csv,
    import_series,
    labels,
    dataset,
    train,
    models,
    policies,
    rules,
    alerts,
    replay,
    status,
    schedules,
    verify,
    data,
):
    ppa.add_command(command)


def run_command() -> None:
    """Run the command of the process's arguments; an error that is foreseen becomes a line and an exit code."""
    try:
        ppa(standalone_mode=False)
    except BaseException as error:
        if stopped():  # what fails after a signal is a consequence of it
            raise
        _exit(error)


def _exit(raised: BaseException) -> NoReturn:
    """Exit with the code of an error that is foreseen, having printed it; raise any other."""
    try:
        raise raised
    except PpaError as error:
        stderr.print(str(error), style="red", markup=False, highlight=False, soft_wrap=True)
        sys.exit(2 if error.code in WRONG_FILE else 1)
    except OSError as error:
        stderr.print(f"{error.filename}: {error.strerror}.", style="red", markup=False, soft_wrap=True)
        sys.exit(1)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(130)
