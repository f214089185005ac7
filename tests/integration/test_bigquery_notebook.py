"""The notebook that reads BigQuery: through pandas-gbq itself, over a socket, with limits and labels."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import google.auth
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from fake_bigquery import FakeBigQuery, fake_bigquery
from google.auth.credentials import AnonymousCredentials
from platforms import REPOSITORY, copied, small
from platforms import served as app_served
from warehouse_rows import Asker, Opener, plausible_rows

from ppa.core.catalogue import Catalogue
from ppa.storage.warehouse.schema import load_tables

NOTEBOOK = REPOSITORY / "examples" / "bigquery.ipynb"


@pytest.fixture
def fake(history: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeBigQuery]:
    """A BigQuery that Google's client finds by its own setting, where nobody signs in, and an app deployed on it."""
    anybody = AnonymousCredentials()  # type: ignore[no-untyped-call]
    monkeypatch.setattr(google.auth, "default", lambda **_: (anybody, None))
    with fake_bigquery() as served:
        monkeypatch.setenv("BIGQUERY_EMULATOR_HOST", served.address)
        platform = small(copied(history, tmp_path / "home")).platform
        deployed = replace(platform.settings, warehouse="bigquery://p/price_prediction")
        with app_served(replace(platform, settings=deployed)) as url:
            monkeypatch.setenv("PPA_URL", url)
            yield served
        platform.close()


def test_the_notebook_reads_the_tables_with_a_limit_and_a_label(
    fake: FakeBigQuery, embedded: Opener, ask: Asker, catalogue: Catalogue
) -> None:
    warehouse, rows = embedded(), recent(plausible_rows(load_tables(catalogue)["predictions"]))
    warehouse.merge("predictions", rows)

    def answers(job: Any) -> pa.Table:
        sql = str(job["configuration"]["query"]["query"])
        return ask(warehouse, sql.replace("`p.price_prediction.predictions`", "`{dataset}.predictions`"))

    fake.answers = answers
    result = run()["predictions"]
    live = rows.slice(0, 6)
    np.testing.assert_array_equal(result["probability"], live["probability"].to_numpy())
    assert result["ts"].tolist() == live["ts"].to_pylist()
    assert result["model_id"].tolist() == live["model_id"].to_pylist()
    [request] = fake.requests
    assert (request.method, request.path) == ("POST", "/queries")
    sent = request.body
    assert sent["maximumBytesBilled"] == str(200 * 1024**2)
    assert sent["labels"] == {"app": "price-prediction-app", "statement": "notebook"}
    assert sent["useLegacySql"] is False


def test_a_question_over_the_limit_is_refused_in_bigquerys_own_words(fake: FakeBigQuery) -> None:
    fake.fail("POST /queries", 400, "bytesBilledLimitExceeded", "Query exceeded limit for bytes billed")
    with pytest.raises(Exception, match="Query exceeded limit for bytes billed"):
        run()
    assert len(fake.requests) == 1


def run() -> dict[str, Any]:
    """Run the notebook; what its cells name."""
    names: dict[str, Any] = {}
    for cell in json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]:
        if cell["cell_type"] == "code":
            exec("".join(cell["source"]), names)  # noqa: S102 -- our own notebook
    return names


def recent(rows: pa.Table) -> pa.Table:
    """The rows of the last hours, live ones and others."""
    newest = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    times = [newest - timedelta(hours=len(rows) - i) for i in range(len(rows))]
    origins = pd.Series("live", range(len(rows))).where(pd.RangeIndex(len(rows)) < 6, "buffer")
    rows = rows.set_column(
        rows.schema.get_field_index("ts"), "ts", pa.array(times, pa.timestamp("us", tz="UTC"))
    )
    return rows.set_column(rows.schema.get_field_index("origin"), "origin", [origins.tolist()])
