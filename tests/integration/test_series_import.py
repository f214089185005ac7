"""A series of the catalogue filled from a file: known when it was published, a batch, and refused with its line."""

import io
from collections import deque
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
import requests
from platforms import FIRST, HOUR, NOW, Small, ask, bar_rows, served, small, walk

from ppa.core.errors import BadInput, NotFound
from ppa.core.times import BEGINNING, END, utc
from ppa.importing import FileRefused, ReadingTexts
from ppa.jobs.backfill import build_progress
from ppa.jobs.import_batches import Contradiction, withdraw_batch
from ppa.jobs.observation_writer import ObservationWriter
from ppa.jobs.series_import import SeriesFile, import_series
from ppa.repository.rows import stored_rows

DAYS = pd.date_range(FIRST, periods=10, freq="D")
RATES = (
    "DATE,DFF\n" + "".join(f"{day:%Y-%m-%d},{4 + i / 100}\n" for i, day in enumerate(DAYS)) + "2026-01-11,.\n"
)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Small]:
    """A home with bars."""
    opened = small(tmp_path / "home")
    rows = bar_rows(opened.platform.catalogue.asset("BTC"), walk(NOW)[: 24 * 14]).assign(source="csv")
    counts = ObservationWriter(opened.platform).record(rows)
    deque(build_progress(opened.platform, counts.first_known_at), maxlen=0)
    yield opened
    opened.platform.close()


def brought(site: Small, text: str, **asked: object) -> str:
    """Import a file of rates; return its batch."""
    request = SeriesFile("rates.csv", "federal_funds", **asked)  # type: ignore[arg-type]
    *_, batch = import_series(site.platform, io.BytesIO(text.encode()), request, "tester")
    return str(batch.batch_id)  # type: ignore[union-attr]


def rates(site: Small) -> "pd.Series[float]":
    """The series in the rows."""
    column: pd.Series[float] = stored_rows(site.platform, BEGINNING, END)["federal_funds"]
    return column


def test_values_come_after_the_lag_and_go_with_their_batch(site: Small) -> None:
    assert rates(site).isna().all()
    batch = brought(site, RATES, lag=24.0)
    reference = rates(site)
    # the first day's value is known a day after the day has ended, at the as-of time of the hour before
    assert reference[: utc(FIRST) + 46 * HOUR].isna().all()
    assert reference[utc(FIRST) + 47 * HOUR] == 4.0
    assert reference[utc(FIRST) + 71 * HOUR] == 4.01
    assert brought(site, RATES, lag=24.0) == batch, "the same file is stored once"
    with pytest.raises(Contradiction, match=rf"ppa data withdraw {batch}"):
        brought(site, RATES.replace("4.05", "5.05"), lag=24.0)
    deque(withdraw_batch(site.platform, batch, "tester", "another rate"), maxlen=0)
    assert rates(site).isna().all()


def test_each_vintage_is_known_from_the_time_that_the_file_states(site: Small) -> None:
    text = (
        "day,rate,published\n2026-01-01,4.1,2026-01-02 15:30+00:00\n2026-01-01,4.3,2026-01-05\n"
        "2026-01-02,4.2,2026-01-03 15:30+00:00\n"
    )
    texts = ReadingTexts(columns="value=rate,known_at=published")
    brought(site, text, texts=texts)
    reference = rates(site)
    assert reference[: utc("2026-01-02 13:00")].isna().all()
    assert reference[utc("2026-01-02 15:00")] == 4.1
    assert reference[utc("2026-01-03 15:00")] == 4.2
    assert reference[utc("2026-01-06 00:00")] == 4.2, "a revision of an older day is not the newest value"


@pytest.mark.parametrize(
    ("text", "columns", "message"),
    [
        ("date,value\n2026-01-01,4.1\n2026-01-01,4.2\n", "", "line 3: .*a second value of one daily period"),
        ("date,value\n2026-01-01,4.1\nsoon,4.2\n", "", "line 3: .*which is not a date"),
        ("date,value\n2026-01-01,4.1\n2026-01-02,four\n", "", "line 3: .*which is not a number"),
        ("date,value\n2026-01-01,4.1\n2031-01-01,4.2\n", "", "line 3: .*has not begun"),
        ("date,a,b\n2026-01-01,4.1,1\n2026-01-02,4.2,1\n", "", "--columns value=Close"),
        (
            "date,value,at\n2026-01-02,4.1,2026-01-01\n2026-01-03,4.1,2026-01-01\n",
            "known_at=at",
            "line 3: .*before the period",
        ),
        ("date,value,at\n2026-01-02,4.1,2026-01-03 08:30\n", "known_at=at", "line 2: .*without its zone"),
    ],
)
def test_what_cannot_be_read_is_refused_and_stores_nothing(
    site: Small, text: str, columns: str, message: str
) -> None:
    with pytest.raises(FileRefused, match=f"(?s)^rates.csv.*{message}"):
        brought(site, text, texts=ReadingTexts(columns=columns))
    assert rates(site).isna().all()


def test_only_slower_series_of_the_catalogue_are_taken(site: Small) -> None:
    for name, error in (("btc_usd_close", BadInput), ("lending_rate", NotFound)):
        with pytest.raises(error, match=name):
            deque(import_series(site.platform, io.BytesIO(), SeriesFile("a.csv", name), "tester"), maxlen=0)


def test_the_api_shows_and_stores_a_series(site: Small) -> None:
    with served(site.platform) as url:
        path = f"{url}/api/v1/imports/series?series=federal_funds&name=rates.csv"
        shown = requests.post(f"{path}&dry_run=1", data=RATES, timeout=60)
        assert "10 values of federal_funds, 2026-01-01 to 2026-01-10" in shown.text
        assert ask(f"{url}/api/v1/imports").json()["imports"] == []
        stored = requests.post(path, data=RATES, timeout=60)
        assert stored.status_code == 200
        (batch,) = ask(f"{url}/api/v1/imports").json()["imports"]
        assert (batch["subject"], batch["rows"], batch["state"]) == ("federal_funds", 10, "stored")
