"""Deploy to Google Cloud, show what a deployment would do, or undo it.

Usage: `python -m tools.deploy deploy|plan|destroy ...`. Each step checks the current state first, so that a command
can be repeated after a failure or a change of code or settings. Only the standard library is needed.
"""

import argparse
import json
import re
import shutil
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from ppa.core.errors import BadInput, PpaError, Unavailable
from tools import commands
from tools.commands import Deployment
from tools.images import OPTIONAL, ensure_image, images
from tools.packages import BUILD, ROOT, pack
from tools.running import Shell

TERRAFORM = ROOT / "terraform"
# a slice takes several minutes; history since 2017 needs about five
MAX_SLICES = 60


def deploy(at: Deployment, run: Shell) -> None:
    """Deploy everything, from an empty project or any intermediate state."""
    run.say(f"Google Cloud project {at.project}, region {at.region}, names starting with {at.prefix}-")
    run.say("1. Function packages and settings")
    packages = _packages(run)
    variables = commands.terraform_variables(at, packages)
    modules = enabled_modules(run, variables)
    run.say("2. Basic APIs, and the account of Identity-Aware Proxy")
    run.change(commands.enable_first_apis(at))
    run.change(commands.make_proxy_account(at))
    run.say("3. Bucket for Terraform's state")
    there = _state_bucket(at, run)
    run.say("4. Resources for building images")
    _initialise(at, run, there=there)
    run.change(commands.terraform_apply(variables, commands.BEFORE_THE_IMAGES))
    run.say("5. Images")
    digests = {image.name: ensure_image(at, run, image) for image in images(modules)}
    run.say("6. All other resources")
    _apply(run, commands.terraform_variables(at, packages, digests), there=there)
    run.say("7. History")
    _backfill(at, run)
    _say_address(run)


def destroy(at: Deployment, run: Shell) -> None:
    """Destroy everything except data: the dataset, model files, provider keys and the state bucket are kept."""
    run.say(f"Destroying {at.prefix} in {at.project}; data, keys and the state bucket are kept.")
    if not run.ask(commands.describe_state_bucket(at)).ok:
        raise Unavailable(
            f"There is no {at.state_bucket}, or you have no access to it; nothing was deployed from here."
        )
    packages = _packages(run)
    run.look(commands.terraform_init(at))
    listed = run.ask(commands.terraform_state())
    if not listed.ok:
        raise Unavailable(
            f"Terraform finds no state of {at.prefix} in {at.state_bucket}, or you have no access to it."
        )
    targets = commands.destroyable(listed.text.splitlines())
    if not targets:
        run.say("There is nothing to destroy.")
        return
    run.change(commands.terraform_destroy(commands.terraform_variables(at, packages), targets))


def enabled_modules(run: Shell, variables: commands.Command) -> Mapping[str, bool]:
    """Optional modules that the settings enable; invalid settings raise an error before anything is changed.

    Terraform evaluates the settings in a folder with only the variables, which needs no initialisation.
    """
    folder = BUILD / "settings"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for path in [TERRAFORM / "variables.tf", *TERRAFORM.glob("*.tfvars")]:
        shutil.copy(path, folder)
    response = run.read(commands.terraform_console(folder, variables), commands.modules_question(OPTIONAL))
    # the console prints an error for an invalid value, but still evaluates the expression
    if len(response.splitlines()) != 1:
        raise BadInput("The settings are invalid; see Terraform's messages above.")
    modules: Mapping[str, bool] = json.loads(json.loads(response))
    for name, is_on in modules.items():
        run.say(f"  {name} is {'on' if is_on else 'off'}.")
    return modules


def _state_bucket(at: Deployment, run: Shell) -> bool:
    """Create the state bucket if needed; return True if it existed before."""
    there = run.ask(commands.describe_state_bucket(at)).ok
    if there:
        run.say(f"  {at.state_bucket} exists.")
    else:
        run.change(commands.create_state_bucket(at))
    run.change(commands.keep_old_states(at))
    return there


def _packages(run: Shell) -> Mapping[str, str]:
    """Paths of the function packages, relative to Terraform's folder."""
    paths = pack()
    for path in paths.values():
        run.say(f"  {path.name}")
    return {name: f"{BUILD.name}/{path.name}" for name, path in paths.items()}


def _initialise(at: Deployment, run: Shell, *, there: bool) -> None:
    start = run.look if there else run.change
    start(commands.terraform_init(at))


def _apply(run: Shell, variables: commands.Command, *, there: bool) -> None:
    if run.dry and there:
        run.look(commands.terraform_plan(variables))
    else:
        run.change(commands.terraform_apply(variables))


def _backfill(at: Deployment, run: Shell) -> None:
    """Call the backfill until it is complete; for an existing deployment this is one short call."""
    for _ in range(MAX_SLICES):
        response = run.talk(commands.call_backfill(at))
        if run.dry:
            run.say("  repeated until the backfill is complete")
            return
        run.say(f"  {response}")
        if _is_complete(response):
            return
    raise Unavailable(f"History is not complete after {MAX_SLICES} calls; run the command again to continue.")


def _is_complete(response: str) -> bool:
    matches = re.findall(r"complete\W+(true|false)", response, re.IGNORECASE)
    if not matches:
        raise Unavailable(
            f"The backfill returned {response!r}; see its log, and run the command again to continue."
        )
    return bool(matches[-1].lower() == "true")


def _say_address(run: Shell) -> None:
    if not run.dry:
        run.say(f"\nAddress: {run.ask(commands.terraform_output('web_url')).text}")


ACTIONS: Mapping[str, Callable[[Deployment, Shell], None]] = {
    "deploy": deploy,
    "destroy": destroy,
    "plan": deploy,
}


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tools.deploy", description=__doc__)
    parser.add_argument("action", choices=sorted(ACTIONS))
    parser.add_argument("--project", required=True)
    parser.add_argument("--region", required=True)
    parser.add_argument("--admin", required=True, help="user:you@example.com")
    parser.add_argument("--prefix", default="ppa", help="prefix of all names")
    parser.add_argument("--settings", default="", help="a .tfvars file with further variables")
    return parser.parse_args()


def main() -> None:
    """Run the command; print an error of ours as one sentence and exit with code 1."""
    given = _arguments()
    try:
        settings = Path(given.settings) if given.settings else None
        at = Deployment(given.project, given.region, given.admin, given.prefix, settings)
        ACTIONS[given.action](at, Shell(dry=given.action == "plan"))
    except PpaError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
