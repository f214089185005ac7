"""The names that `import ppa` gives: a fixed list, each documented with an example that runs."""

import doctest
import importlib
import inspect
import subprocess
import sys

import pytest

import ppa

# examples that need an app are run by test_client.py
CLIENT = ["ApiProblem", "App", "Data", "connect", "read_dataset", "save_bundle"]
PUBLIC = [
    "ApiProblem", "App", "Data", "Evaluation", "LabelDefinition", "PurgedKFold", "PurgedWalkForward", "as_of_frame",
    "connect", "dump_model", "evaluate", "load_catalogue", "lookahead_labels", "purged_split", "read_dataset",
    "roc_auc", "save_bundle", "wilson_interval",
]  # fmt: skip


def test_the_list_of_public_names_is_this_one() -> None:
    assert ppa.__all__ == PUBLIC
    assert dir(ppa) == PUBLIC
    with pytest.raises(AttributeError, match="no attribute 'guess'"):
        ppa.guess  # noqa: B018


@pytest.mark.parametrize("name", sorted({*PUBLIC} - {*CLIENT}))
def test_every_public_name_has_examples_that_run(name: str) -> None:
    item = getattr(ppa, name)
    module = importlib.import_module(item.__module__)
    tests = doctest.DocTestFinder(recurse=False).find(item, name, module, globs=dict(vars(module)))
    runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE)
    results = [runner.run(test) for test in tests]
    assert sum(result.attempted for result in results) > 0, f"{name} has no example"
    assert sum(result.failed for result in results) == 0


@pytest.mark.parametrize("name", PUBLIC)
def test_every_public_name_is_typed_and_says_what_it_takes(name: str) -> None:
    item = getattr(ppa, name)
    assert (inspect.getdoc(item) or "").split("\n")[0].endswith((".", ";", ":"))
    if inspect.isfunction(item):
        signature = inspect.signature(item)
        assert signature.return_annotation is not inspect.Signature.empty
        assert all(p.annotation is not inspect.Parameter.empty for p in signature.parameters.values())


def test_the_import_needs_nothing_but_python() -> None:
    script = "import sys, ppa; print({'numpy', 'pandas', 'sklearn'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
