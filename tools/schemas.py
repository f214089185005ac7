"""Generate the files that follow from the code, the catalogue and the runbook: `python -m tools.schemas`."""

import json
from collections.abc import Mapping
from pathlib import Path

from ppa.ops.catalogue_file import load_catalogue
from ppa.reports.status.runbook import runbook_page
from ppa.storage.warehouse.schema import FOLDER, load_tables, schema_files
from ppa_web.training_notebook import example_notebook
from tools.conversion_list import MODELS_PAGE, models_page
from tools.features_page import FEATURES_PAGE, features_page
from tools.javascript_types import TYPES, declarations, response_kinds

ROOT = Path(__file__).parents[1]
RUNBOOK_PAGE = ROOT / "docs" / "runbook.md"
NOTEBOOK = ROOT / "examples" / "train.ipynb"


def generated() -> Mapping[Path, str]:
    """Return the text of every generated file by its path."""
    catalogue = load_catalogue()
    schemas = schema_files(load_tables(catalogue))
    return {
        **{FOLDER / name: f"{json.dumps(content, indent=2)}\n" for name, content in schemas.items()},
        FEATURES_PAGE: features_page(catalogue),
        MODELS_PAGE: models_page(),
        RUNBOOK_PAGE: runbook_page(),
        TYPES: declarations(response_kinds()),
        NOTEBOOK: f"{json.dumps(example_notebook(), indent=1)}\n",
    }


if __name__ == "__main__":
    for path, text in generated().items():
        path.write_text(text, encoding="utf-8")
