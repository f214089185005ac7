"""Every generated file is in the repository as it is generated."""

from pathlib import Path

import pytest

from tools.schemas import generated

FILES = generated()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_generated_file_is_up_to_date(path: Path) -> None:
    assert path.read_text(encoding="utf-8") == FILES[path], "run `make schemas` and commit the files"
