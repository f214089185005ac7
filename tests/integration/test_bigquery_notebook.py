"""The notebook that reads BigQuery: its questions are limited and labelled, in words that pandas-gbq takes."""

import inspect
import json
from typing import Any

import pandas as pd
import pandas_gbq
import pytest
from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery
from platforms import REPOSITORY


def test_the_notebook_asks_with_limits_and_gets_frames(monkeypatch: pytest.MonkeyPatch) -> None:
    notebook = json.loads((REPOSITORY / "examples" / "bigquery.ipynb").read_text(encoding="utf-8"))
    cells = ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code"]
    plain, taken = bigquery.Client, inspect.signature(pandas_gbq.read_gbq)
    asked: list[dict[str, Any]] = []

    def read_gbq(*given: Any, **options: Any) -> pd.DataFrame:
        asked.append(taken.bind(*given, **options).arguments)
        return pd.DataFrame({"model_id": ["calm-v1"] * 2, "probability": [0.25, 0.75]})

    monkeypatch.setenv("PPA_PROJECT", "p")
    monkeypatch.setattr(
        bigquery, "Client", lambda **options: plain(**options, credentials=AnonymousCredentials())
    )
    monkeypatch.setattr(pandas_gbq, "read_gbq", read_gbq)
    names: dict[str, Any] = {}
    for cell in cells:
        exec(cell, names)  # noqa: S102 -- our own notebook
    [call] = asked
    config = bigquery.QueryJobConfig.from_api_repr(call["configuration"])
    assert config.maximum_bytes_billed == 200 * 1024**2
    assert config.labels == {"app": "price-prediction-app", "statement": "notebook"}
    assert str(config.default_dataset) == "p.price_prediction"
    assert (call["bigquery_client"].project, call["bigquery_client"].location) == ("p", "EU")
    assert len(names["answers"]) == 2
