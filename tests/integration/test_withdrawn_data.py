"""A file with the wrong time zone is caught, whichever way it came in, and what was made on it is marked."""

import io
from collections import deque
from collections.abc import Iterator
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest
import requests
from platforms import (
    FIRST,
    HOUR,
    NOW,
    SPEC,
    Small,
    ask,
    bar_rows,
    described,
    served,
    small,
    trained,
    walk,
)

from ppa.core.errors import Refused
from ppa.core.times import BEGINNING, END, utc
from ppa.gate.registration import register
from ppa.importing import ReadingTexts
from ppa.jobs.backfill import build_progress
from ppa.jobs.csv_import import FileImport, import_bars
from ppa.jobs.import_batches import Contradiction, withdraw_batch
from ppa.jobs.observation_writer import ObservationWriter
from ppa.reports.parity import verify_parity
from ppa.repository.dataset import build_dataset
from ppa.repository.imports import import_batches
from ppa.repository.labels import save_label
from ppa.repository.models import find_model
from ppa.repository.rows import stored_rows

PHOENIX = 7  # hours behind UTC


def file_of(closes: "pd.Series[float]") -> io.BytesIO:
    """A file of bars whose times have no zone."""
    hours = pd.DatetimeIndex(closes.index).strftime("%Y-%m-%d %H:%M:%S")
    rows = [f"{at},{c},{c},{c},{c},5" for at, c in zip(hours, closes, strict=True)]
    return io.BytesIO("\n".join(["date,open,high,low,close,volume", *rows]).encode())


def brought(site: Small, closes: "pd.Series[float]", zone: str = "UTC", **options: object) -> str:
    """Import a file; return its batch."""
    given = FileImport("phoenix.csv", texts=ReadingTexts(time_zone=zone), **options)  # type: ignore[arg-type]
    *_, batch = import_bars(site.platform, file_of(closes), given, "tester")
    return str(batch.batch_id)  # type: ignore[union-attr]


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Small]:
    """An empty home."""
    opened = small(tmp_path / "home")
    yield opened
    opened.platform.close()


def test_the_wrong_time_zone_is_refused_named_and_withdrawn(site: Small) -> None:
    local = walk(NOW)[: 24 * 30].shift(freq=-PHOENIX * HOUR)
    wrong = brought(site, local)
    with pytest.raises(Contradiction, match=r"differ from those of the source csv.*ppa data withdraw btc-"):
        brought(site, local, zone="America/Phoenix")
    assert len(import_batches(site.platform)) == 1
    deque(withdraw_batch(site.platform, wrong, "tester", "wrong zone"), maxlen=0)
    brought(site, local, zone="America/Phoenix")
    label, _ = save_label(site.platform, SPEC, "", "tester")
    dataset = build_dataset(site.platform, label)
    assert dataset.warnings == ()
    closes = dataset.frame["btc_usd_close"]
    assert closes.tolist() == walk(NOW)[: 24 * 30].tolist(), (
        "the rows are those of the true hours, and no others"
    )


@pytest.mark.parametrize("bypassed", [False, True], ids=["as a revision", "without batches"])
def test_the_guard_alone_catches_rows_of_other_hours_than_their_labels(site: Small, bypassed: bool) -> None:
    local = walk(NOW)[: 24 * 58].shift(freq=-PHOENIX * HOUR)
    if bypassed:
        for closes, passed in ((local, 0), (local.shift(freq=PHOENIX * HOUR), 1)):
            site.clock.now = NOW + passed * HOUR
            rows = bar_rows(site.platform.catalogue.asset("BTC"), closes).assign(source="csv")
            counts = ObservationWriter(site.platform).record(rows)
            deque(build_progress(site.platform, counts.first_known_at), maxlen=0)
        stated_by = "the source csv"
    else:
        brought(site, local)
        site.clock.now = NOW + HOUR
        stated_by = brought(site, local, zone="America/Phoenix", mode="revision")
    label, _ = save_label(site.platform, SPEC, "", "tester")
    frame = build_dataset(site.platform, label).frame
    ahead = (frame["btc_usd_close"] == walk(NOW).shift(freq=-PHOENIX * HOUR).reindex(frame.index)).sum()
    assert ahead > 1300, "the rows do contain the future"
    (warning,) = build_dataset(site.platform, label).warnings
    assert "from 2026-01-01 00:00 to 2026-02-27" in warning
    assert stated_by in warning
    metadata = described(train_to=utc(FIRST) + pd.Timedelta(days=40))
    with pytest.raises(Refused, match="rows differs from the newest known one") as refused:
        register(site.platform, trained(site.platform), metadata, "tester")
    assert refused.value.code == "dataset_prices"
    with served(site.platform) as url:
        problems = ask(f"{url}/api/v1/status").json()["problems"]
    assert "close_mismatch" in [problem["code"] for problem in problems]
    assert verify_parity(site.platform, BEGINNING, END).warnings == (warning,)


def test_an_acknowledged_revision_is_accepted_and_repeated_until_a_later_one_differs(site: Small) -> None:
    closes = walk(NOW)[: 24 * 58]
    brought(site, closes)
    site.clock.now = NOW + HOUR
    revised = closes.where(closes.index != closes.index[500], closes * 0.9)
    brought(site, revised, mode="revision")
    label, _ = save_label(site.platform, SPEC, "", "tester")
    metadata = described(train_to=utc(FIRST) + pd.Timedelta(days=40))
    model = trained(site.platform)
    with pytest.raises(Refused, match=r"ppa data acknowledge [0-9a-f]{12} --reason"):
        register(site.platform, model, metadata, "tester")
    with served(site.platform) as url:
        (finding,) = ask(f"{url}/api/v1/data/findings").json()["findings"]
        assert (finding["kind"], finding["count"], finding["acknowledged_at"]) == ("close mismatch", 1, None)
        path = f"{url}/api/v1/data/findings/{finding['finding_id']}/acknowledgement"
        given = requests.put(path, json={"reason": "The exchange corrected a bad print."}, timeout=60)
        assert given.status_code == 200
        (finding,) = ask(f"{url}/api/v1/data/findings").json()["findings"]
        assert finding["reason"] == "The exchange corrected a bad print."
        assert "close_mismatch" not in [one["code"] for one in ask(f"{url}/api/v1/status").json()["problems"]]
        parity = ask(f"{url}/api/v1/parity").json()
        assert (parity["warnings"], len(parity["acknowledged"])) == ([], 1)
    (warning,) = build_dataset(site.platform, label).warnings
    assert f"Acknowledged by {given.json()['by']}" in warning
    verdicts = register(site.platform, model, metadata, "tester").verdicts
    assert "dataset_prices_acknowledged" in [one["code"] for one in verdicts]
    site.clock.now += HOUR
    again = revised.where(revised.index != revised.index[900], revised * 0.9)
    brought(site, again, mode="revision")
    (later,) = build_dataset(site.platform, label).mismatches
    assert (later.acknowledgement, later.mismatch.first) == (None, closes.index[900]), (
        "the later one alone is open"
    )


def test_predictions_and_models_on_withdrawn_data_are_marked_and_not_changed(site: Small) -> None:
    closes = walk(NOW)
    wrong = brought(site, closes)
    save_label(site.platform, SPEC, "", "tester")
    register(site.platform, trained(site.platform), described(), "tester")
    site.activate("calm-v1")
    before = site.answers()
    assert len(before) == 24
    site.clock.now += HOUR
    other = (closes * np.linspace(1, 1.5, len(closes))).round(2)
    brought(site, other, source="kraken", mode="keep")
    deque(withdraw_batch(site.platform, wrong, "tester", "misread"), maxlen=0)
    pd.testing.assert_frame_equal(site.answers(), before)
    newest = stored_rows(site.platform, BEGINNING, END)["btc_usd_close"].iloc[-1]
    assert newest == other.iloc[-1]
    parity = verify_parity(site.platform, BEGINNING, END)
    assert parity.differences == ()
    assert {one.hour for one in parity.withdrawn} == set(before["ts"])
    with served(site.platform) as url:
        model = ask(f"{url}/api/v1/models/calm-v1").json()
        assert f"withdrawn or replaced since: {wrong} (2026-01-01 to 2026-03-01)" in model["withdrawn_data"]
        results = ask(f"{url}/api/v1/models/calm-v1/results?origin=buffer").json()["results"]
        assert [one["withdrawn"] for one in results] == [True] * 24
        assert model["withdrawn_predictions"] == 24
        listed = ask(f"{url}/api/v1/predictions?model_id=calm-v1&origin=buffer").json()["predictions"]
        assert [one["withdrawn"] for one in listed] == [True] * 24
        columns = ask(f"{url}/api/v1/live").json()["view"]["answers"]["calm-v1"]
        assert columns["withdrawn"] == columns["hour"]
        listed = ask(f"{url}/api/v1/imports").json()["imports"]
        assert [(one["batch_id"] == wrong, one["state"]) for one in listed] == [
            (False, "stored"),
            (True, "withdrawn"),
        ]
        assert ask(f"{url}/api/v1/imports/{wrong}").json()["reason"] == "misread"
    home = site.platform.settings.home
    site.platform.close()
    with duckdb.connect(str(home / "warehouse.duckdb")) as connection:
        connection.execute(
            "UPDATE predictions SET feature_hash = 'other' WHERE ts = (SELECT MAX(ts) FROM predictions)"
        )
    again = small(home, site.clock.now)
    tampered = verify_parity(again.platform, BEGINNING, END)
    assert [one.hour for one in tampered.differences] == [before["ts"].max()], (
        "a withdrawal hides no tampering"
    )
    assert find_model(again.platform, "calm-v1").active
    again.platform.close()
