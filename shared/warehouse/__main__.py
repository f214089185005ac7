"""`python -m shared.warehouse`: write what follows from the catalogue: a table schema for Terraform, pages of docs."""

import json

from shared.catalogue import load_catalogue
from shared.docs import FEATURES_PAGE, features_page
from shared.status.runbook import RUNBOOK_PAGE, runbook_page
from shared.warehouse.schema import FOLDER, features_schema

TARGET = FOLDER / "schemas" / "features_hourly.json"

if __name__ == "__main__":
    catalogue = load_catalogue()
    text = json.dumps(features_schema(catalogue), indent=2)
    TARGET.write_text(f"{text}\n", encoding="utf-8")
    FEATURES_PAGE.write_text(features_page(catalogue), encoding="utf-8")
    RUNBOOK_PAGE.write_text(runbook_page(), encoding="utf-8")
