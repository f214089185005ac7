"""docs/features.md lists every feature of the catalogue."""

import re

from builders import full_catalogue

from ppa.core.catalogue import parse_catalogue
from ppa.ops.catalogue_file import load_catalogue
from tools.features_page import features_page


def test_every_feature_is_in_it_once_and_in_order_within_its_group() -> None:
    catalogue = load_catalogue()
    named = re.findall(r"^\| `(\w+)` \|", features_page(catalogue), re.MULTILINE)
    assert sorted(named) == sorted(catalogue.feature_names)
    rates = [feature.name for feature in catalogue.features if feature.group == catalogue.features[-1].group]
    assert [name for name in named if name in rates] == rates


def test_a_feature_that_is_added_to_the_catalogue_has_its_line() -> None:
    raw = full_catalogue()
    added = {"name": "tin", "group": "commodities", "unit": "USD a tonne", "description": "Tin."}
    raw["features"].append(
        added
        | {"cadence": "monthly", "lag": 72, "range": [1000, 90000]}
        | {"sources": [{"provider": "fred", "symbol": "PTINUSDM"}]}
    )
    line = "| `tin` | USD a tonne | Tin. |  | monthly | 3 days | 1,000 to 90,000 | fred PTINUSDM |"
    assert line in features_page(parse_catalogue(raw)).splitlines()
