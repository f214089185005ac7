"""Recomputed rows and vectors equal the stored ones; a difference is detected and named."""

from collections import deque
from contextlib import closing

import duckdb
import pandas as pd
import pytest

from ppa.core.features.rows import row_hashes
from ppa.core.times import utc
from ppa.jobs.activate import activate, deactivate
from ppa.jobs.build import rebuild_after
from ppa.jobs.predict import predict
from ppa.jobs.replay import replay
from ppa.reports.parity import verify_parity
from ppa.repository.models import list_models
from ppa.repository.predictions import predictions
from ppa.repository.rows import make_rows, stored_rows
from tests.unit.builders import DAY, HOUR, NOW, filled_platform, platform_at

MINUTE = pd.Timedelta(minutes=1)
SINCE, UNTIL = utc("2026-02-26"), utc(NOW)
HOUR_CHANGED = utc("2026-02-27 09:00")
CLOSE = "btc_usd_close"


@pytest.fixture
def home(tmp_path_factory):
    folder = tmp_path_factory.mktemp("parity")
    filled_platform(tmp_path_factory.getbasetemp(), folder).close()
    return folder


def tampered(home, statement):
    """Change the database file without the platform."""
    with closing(duckdb.connect(str(home / "warehouse.duckdb"))) as connection:
        (changed,) = connection.execute(statement).fetchone()
    assert changed == 1, "the statement is meant to change one row"


def verified(home, since=SINCE, until=UNTIL):
    with closing(platform_at(home, NOW)) as platform:
        return verify_parity(platform, since, until)


def replayed(home, days=2):
    with closing(platform_at(home, NOW)) as platform:
        deque(replay(platform, SINCE, SINCE + days * DAY), maxlen=0)


# ── what was stored is what is made ──────────────────────────────────────────────────────────────


def test_history_a_replay_and_live_hours_show_no_difference(home):
    replayed(home)
    parity = verified(home)
    assert parity.differences == ()
    assert parity.rows == (UNTIL.floor("h") - SINCE) // HOUR
    assert parity.vectors == 48 + 24 + 6, "replayed, buffered, live"


def test_a_replay_gives_what_was_served(home):
    with closing(platform_at(home, NOW)) as platform:
        (model,) = list_models(platform)
        live = predictions(platform, [model], ["live"]).set_index("ts").sort_index()
        deque(replay(platform, live.index[0], live.index[-1] + HOUR), maxlen=0)
        again = predictions(platform, [model], ["replay"]).set_index("ts").sort_index()
    exact = ["decision", "price", "feature_hash"]
    pd.testing.assert_frame_equal(again[exact], live[exact], check_exact=True)
    # sums of products are ordered differently for other numbers of rows
    assert again["probability"].to_numpy() == pytest.approx(live["probability"].to_numpy(), rel=1e-12)


def test_an_activation_between_the_cut_and_the_hourly_job_has_all_that_was_known_by_the_cut(home):
    """Values of a synthetic source exist from their known_at on, fetched or not."""
    hour = utc(NOW).floor("h")
    with closing(platform_at(home, (hour + HOUR + MINUTE * 5.5).to_pydatetime())) as platform:
        (model,) = list_models(platform)
        deactivate(platform, model.model_id, "tester")
        activate(platform, model.model_id, "tester")
        built = make_rows(platform, pd.DatetimeIndex([hour]))
    with closing(platform_at(home, (hour + HOUR + MINUTE * 7).to_pydatetime())) as platform:
        predict(platform, platform.now())
        assert stored_rows(platform, hour, hour + HOUR)["row_hash"].tolist() == row_hashes(built)


def test_rows_dropped_and_built_again_are_the_same_to_the_last_bit(home):
    with closing(platform_at(home, NOW)) as platform:
        before = stored_rows(platform, SINCE - 30 * DAY, UNTIL)
    with closing(duckdb.connect(str(home / "warehouse.duckdb"))) as connection:
        connection.execute("DELETE FROM features_hourly")
    with closing(platform_at(home, NOW)) as platform:
        deque(rebuild_after(platform, None), maxlen=0)
        pd.testing.assert_frame_equal(
            stored_rows(platform, SINCE - 30 * DAY, UNTIL), before, check_exact=True
        )


def test_history_that_is_missing_before_the_newest_row_is_built_too(home):
    """After a change of the catalogue, the hourly job may build the newest row before the others."""
    with closing(duckdb.connect(str(home / "warehouse.duckdb"))) as connection:
        connection.execute("DELETE FROM features_hourly WHERE ts < (SELECT MAX(ts) FROM features_hourly)")
    with closing(platform_at(home, NOW)) as platform:
        deque(rebuild_after(platform, None), maxlen=0)
        assert len(stored_rows(platform, SINCE, UNTIL)) == (UNTIL.floor("h") - SINCE) // HOUR


# ── what was tampered with is found ──────────────────────────────────────────────────────────────


def test_a_changed_observation_is_found_in_every_row_and_column_that_uses_it(home):
    replayed(home)
    tampered(
        home,
        f"UPDATE observations SET value = value * 1.5 WHERE series = '{CLOSE}' AND event_time = '{HOUR_CHANGED}'",  # noqa: S608
    )
    differences = verified(home).differences
    rows = {d.hour: d.columns for d in differences if d.what == "row"}
    assert min(rows) == HOUR_CHANGED
    assert max(rows) == UNTIL.floor("h") - HOUR, "a week of volatility has seen it"
    assert {CLOSE, "btc_usd_return_1h", "btc_usd_volatility_24h"} <= set(rows[HOUR_CHANGED])
    assert CLOSE not in rows[HOUR_CHANGED + HOUR]
    assert not any(name.startswith("eth") for columns in rows.values() for name in columns)
    vectors = {d.hour for d in differences if d.what == "vector of plain-v1"}
    assert HOUR_CHANGED in vectors
    assert min(vectors) == HOUR_CHANGED


def test_an_observation_that_was_taken_away_is_found(home):
    with closing(duckdb.connect(str(home / "warehouse.duckdb"))) as connection:
        connection.execute(
            "DELETE FROM observations WHERE series = 'vix' AND event_time >= '2026-02-24 00:00+00'"
        )
    rows = [d for d in verified(home).differences if d.what == "row"]
    assert rows
    assert {d.columns for d in rows} == {("vix",)}


@pytest.mark.parametrize(
    ("change", "columns"),
    [
        (f"{CLOSE} = {CLOSE} + 0.01", (CLOSE,)),
        ("vix = NULL", ("vix",)),
        ("row_hash = repeat('0', 64)", ()),
    ],
    ids=["a value", "a missing value", "its hash"],
)
def test_an_altered_row_is_found_and_its_column_named(home, change, columns):
    tampered(home, f"UPDATE features_hourly SET {change} WHERE ts = '{HOUR_CHANGED}'")  # noqa: S608
    (difference,) = verified(home).differences
    assert (difference.hour, difference.what, difference.columns) == (HOUR_CHANGED, "row", columns)


def test_a_row_altered_with_a_hash_to_match_is_found_all_the_same(home):
    with closing(platform_at(home, NOW)) as platform:
        row = stored_rows(platform, HOUR_CHANGED, HOUR_CHANGED + HOUR).drop(columns="row_hash")
    forged = row_hashes(row.assign(vix=1.0))[0]
    tampered(
        home,
        f"UPDATE features_hourly SET vix = 1.0, row_hash = '{forged}' WHERE ts = '{HOUR_CHANGED}'",  # noqa: S608
    )
    (difference,) = verified(home).differences
    assert difference.columns == ("vix",)


def test_a_vector_that_no_row_gives_is_found(home):
    replayed(home, days=1)
    hour = SINCE + 5 * HOUR
    tampered(home, f"UPDATE predictions SET feature_hash = 'other' WHERE ts = '{hour}'")  # noqa: S608
    (difference,) = verified(home).differences
    assert (difference.hour, difference.what) == (hour, "vector of plain-v1")


def test_a_late_bar_is_missing_where_it_was_missing_and_parity_holds(home):
    """A bar that arrives hours late is in no earlier row, whenever that row is built."""
    tampered(
        home,
        f"UPDATE observations SET known_at = known_at + INTERVAL 6 HOUR "  # noqa: S608
        f"WHERE series = '{CLOSE}' AND event_time = '{HOUR_CHANGED}'",
    )
    with closing(platform_at(home, NOW)) as platform:
        deque(rebuild_after(platform, HOUR_CHANGED), maxlen=0)
        row = stored_rows(platform, HOUR_CHANGED, HOUR_CHANGED + HOUR)
    assert row[CLOSE].isna().all()
    assert not [d for d in verified(home).differences if d.what == "row"]
