"""Generate files from the code: `python -m tools.schemas` writes a table schema, pages of docs/ and a notebook."""

import json
from pathlib import Path

from ppa.ops.catalogue_file import load_catalogue
from ppa.reports.status.runbook import runbook_page
from ppa.storage.warehouse.schema import FOLDER, features_schema
from ppa_web.training_notebook import example_notebook
from tools.features_page import FEATURES_PAGE, features_page

TARGET = FOLDER / "schemas" / "features_hourly.json"
ROOT = Path(__file__).parents[1]
RUNBOOK_PAGE = ROOT / "docs" / "runbook.md"
NOTEBOOK = ROOT / "examples" / "train.ipynb"

if __name__ == "__main__":
    catalogue = load_catalogue()
    text = json.dumps(features_schema(catalogue), indent=2)
    TARGET.write_text(f"{text}\n", encoding="utf-8")
    FEATURES_PAGE.write_text(features_page(catalogue), encoding="utf-8")
    RUNBOOK_PAGE.write_text(runbook_page(), encoding="utf-8")
    NOTEBOOK.write_text(f"{json.dumps(example_notebook(), indent=1)}\n", encoding="utf-8")
