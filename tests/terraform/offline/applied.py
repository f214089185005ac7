"""What a module is once applied with a mocked provider."""

import json
from typing import TypedDict

from check import Workspace


class Resource(TypedDict):
    """A resource as Terraform prints it; `index` is its key in `for_each`."""

    address: str
    type: str
    name: str
    index: str
    values: dict[str, object]


def resources_after(workspace: Workspace, test_file: str) -> list[Resource]:
    """The resources that the apply run of a test file leaves; RuntimeError where it leaves none."""
    done = workspace.terraform("test", "-json", "-verbose", f"-filter={test_file}")
    messages = [json.loads(line) for line in done.stdout.splitlines()]
    states = [message["test_state"] for message in messages if message["type"] == "test_state"]
    if not states:
        raise RuntimeError(f"No run of {test_file} applied the module:\n{done.stdout}")
    resources: list[Resource] = states[0]["root_module"]["resources"]
    return resources
