"""`python -m shared.warehouse`: write the table schema that follows from the catalogue, for Terraform."""

import json

from shared.catalogue import load_catalogue
from shared.warehouse.schema import FOLDER, features_schema

TARGET = FOLDER / "schemas" / "features_hourly.json"

if __name__ == "__main__":
    text = json.dumps(features_schema(load_catalogue()), indent=2)
    TARGET.write_text(f"{text}\n", encoding="utf-8")
