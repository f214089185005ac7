"""What a module is once applied with a mocked provider."""

import json
from collections.abc import Iterator
from typing import NotRequired, TypedDict

from check import Workspace


class Resource(TypedDict):
    """A resource as Terraform prints it; `index` is its key in `for_each`, where it has one."""

    address: str
    type: str
    name: str
    index: NotRequired[str]
    values: dict[str, object]


class Module(TypedDict, total=False):
    """A module as Terraform prints it."""

    resources: list[Resource]
    child_modules: list["Module"]


def resources_after(workspace: Workspace, test_file: str) -> list[Resource]:
    """The resources, also those of modules, that the apply run of a test file leaves; RuntimeError if none."""
    done = workspace.terraform("test", "-json", "-verbose", f"-filter={test_file}")
    messages = [json.loads(line) for line in done.stdout.splitlines()]
    states = [message["test_state"] for message in messages if message["type"] == "test_state"]
    if not states:
        raise RuntimeError(f"No run of {test_file} applied the module:\n{done.stdout}")
    return list(_resources(states[0]["root_module"]))


def _resources(module: Module) -> Iterator[Resource]:
    yield from module.get("resources", [])
    for child in module.get("child_modules", []):
        yield from _resources(child)
