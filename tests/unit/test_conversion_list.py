"""docs/models.md lists every estimator that converts, and every operator."""

from ppa.core.programs.operators import OPERATORS
from ppa.modelfiles.convert import registry
from tools.conversion_list import models_page


def test_the_page_names_all_that_converts_and_every_operator() -> None:
    page = models_page()
    listed = page.partition("<!-- make schemas")[2]
    for table in (registry.TRANSFORMERS, registry.DECISIONS, registry.REGRESSORS):
        assert not [name for name in table if name not in listed and name not in {"RFE", "RFECV"}]
    assert not [name for name in OPERATORS if f"| `{name}` |" not in listed]
    assert "KNNImputer" not in listed
