"""Generate files from the catalogue and the runbook: `python -m tools.schemas` writes a table schema and docs pages."""

import json
from pathlib import Path

from ppa.ops.catalogue_file import load_catalogue
from ppa.reports.status.runbook import runbook_page
from ppa.storage.warehouse.schema import FOLDER, features_schema
from tools.features_page import FEATURES_PAGE, features_page

TARGET = FOLDER / "schemas" / "features_hourly.json"
RUNBOOK_PAGE = Path(__file__).parents[1] / "docs" / "runbook.md"

if __name__ == "__main__":
    catalogue = load_catalogue()
    text = json.dumps(features_schema(catalogue), indent=2)
    TARGET.write_text(f"{text}\n", encoding="utf-8")
    FEATURES_PAGE.write_text(features_page(catalogue), encoding="utf-8")
    RUNBOOK_PAGE.write_text(runbook_page(), encoding="utf-8")
