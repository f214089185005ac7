"""Selection of observations: each stored once, in any order of delivery, and never known before it was received."""

from collections.abc import Iterable

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ppa.core.features.rows import as_of_frame
from ppa.core.observations import STORED_COLUMNS, select_observations
from ppa.core.publication import publication_times
from ppa.core.times import utc
from ppa.ops.catalogue_file import load_catalogue
from tests.unit.builders import DAY, HOUR, START, bars, observed, small_catalogue

CATALOGUE = small_catalogue()
CLOSE, YIELD = "btc_usd_close", "treasury_10y"
DAILY = CATALOGUE.series[YIELD]
NOON = START + 12 * HOUR
MINUTE = pd.Timedelta(minutes=1)


class Store:
    """An in-memory store in which a key is written once."""

    def __init__(self, *, exact: bool = False) -> None:
        empty = observed([]).assign(source="", basis="")
        self.rows = empty.assign(ingested_at=empty["known_at"])[STORED_COLUMNS]
        self._exact = exact

    def take(self, delivered: pd.DataFrame, now: pd.Timestamp, followed=None):
        """Store a delivery; return the selection and the number of rows written."""
        intake = select_observations(
            delivered,
            self.newest(),
            catalogue=CATALOGUE,
            followed_since=self.followed() if followed is None else followed,
            now=now,
            exact_vintages=self._exact,
        )
        assert not intake.rows.duplicated(["series", "event_time", "known_at"]).any()
        before = len(self.rows)
        both = pd.concat([self.rows, intake.rows])
        self.rows = both.drop_duplicates(["series", "event_time", "known_at"], ignore_index=True)
        return intake, len(self.rows) - before

    def newest(self) -> pd.DataFrame:
        """Newest value of each period."""
        return self.rows.sort_values("known_at").drop_duplicates(["series", "event_time"], keep="last")

    def followed(self) -> dict[str, pd.Timestamp]:
        """Time of the first stored observation of each series."""
        return self.rows.groupby("series")["ingested_at"].min().to_dict()

    def kept(self, name: str, event: pd.Timestamp) -> list[tuple[pd.Timestamp, float, str]]:
        """All stored values of a period, sorted by known_at."""
        mine = self.rows[(self.rows["series"] == name) & (self.rows["event_time"] == event)]
        return list(
            mine.sort_values("known_at")[["known_at", "value", "basis"]].itertuples(index=False, name=None)
        )


def reported(*rows: tuple[pd.Timestamp, pd.Timestamp, float], name: str = YIELD) -> pd.DataFrame:
    """A delivery of (event_time, known_at, value)."""
    return observed((name, *row) for row in rows).assign(source="fake")


# ── examples ─────────────────────────────────────────────────────────────────────────────────────


def test_history_counts_as_known_when_its_period_had_ended_and_been_published():
    store, event = Store(), START - 30 * DAY
    store.take(reported((event, pd.NaT, 4.0)), NOON)
    assert store.kept(YIELD, event) == [(event + DAY + DAILY.lag, 4.0, "lag")]


@pytest.mark.parametrize(
    ("day", "published"),
    [
        ("2024-05-22", "2024-05-24 09:00"),  # of a Wednesday
        ("2024-05-23", "2024-05-28 09:00"),  # of a Thursday: neither on the weekend nor on Memorial Day
        (
            "2024-05-24",
            "2024-05-29 09:00",
        ),  # of the Friday before it: the Federal Reserve has Tuesday's evening
        ("2024-05-25", "2024-05-29 09:00"),  # of a Saturday, as federal_funds has it
        ("2024-12-31", "2025-01-03 09:00"),  # before New Year's Day
    ],
)
def test_an_agency_publishes_on_the_days_that_it_works(day: str, published: str):
    event = pd.Series([utc(day)])
    names = pd.Series(["federal_funds"])
    assert publication_times(names, event, load_catalogue()).tolist() == [utc(published)]


# latest publication times of such days since 2017, government shutdowns excluded
RELEASED = {
    "unemployment": ("2024-12-01", "2025-01-10 13:30"),
    "nonfarm_payroll": ("2019-12-01", "2020-01-10 13:30"),
    "cpi": ("2016-12-01", "2017-01-18 13:30"),
    "retail_sales": ("2023-12-01", "2024-01-17 13:30"),
    "durables": ("2024-12-01", "2025-01-28 13:30"),
    "treasury_10y": ("2024-05-24", "2024-05-28 20:15"),
    "vix": ("2024-05-24", "2024-05-28 13:37"),
    "fx_eur": ("2024-05-20", "2024-05-28 20:15"),
}


@pytest.mark.parametrize("name", RELEASED)
def test_history_without_vintages_is_not_known_before_it_was_published(name: str):
    event, released = (pd.Series([utc(moment)]) for moment in RELEASED[name])
    known_at = publication_times(pd.Series([name]), event, load_catalogue())
    assert (known_at >= released).all()


def test_a_bar_that_comes_while_the_market_is_followed_is_known_when_it_came():
    store = Store()
    store.take(bars("btc_usd", {NOON - 2 * HOUR: 1.0}), NOON)
    store.take(bars("btc_usd", {NOON: 2.0}), NOON + HOUR + 2 * MINUTE)
    assert store.kept(CLOSE, NOON - 2 * HOUR) == [(NOON - HOUR, 1.0, "lag")]
    assert store.kept(CLOSE, NOON) == [(NOON + HOUR + 2 * MINUTE, 2.0, "arrival")]


def test_a_bar_that_comes_two_days_late_was_not_known_for_two_days():
    store = Store()
    store.take(bars("btc_usd", {NOON - HOUR: 1.0}), NOON)
    store.take(bars("btc_usd", {NOON: 2.0}), NOON + 2 * DAY)
    assert store.kept(CLOSE, NOON) == [(NOON + 2 * DAY, 2.0, "arrival")]
    assert as_of_frame(store.rows, CATALOGUE, pd.DatetimeIndex([NOON]))[CLOSE].isna().all()


def test_older_history_that_comes_later_is_history_all_the_same():
    store = Store()
    store.take(bars("btc_usd", {NOON - HOUR: 1.0}), NOON)
    store.take(bars("btc_usd", {NOON - 90 * DAY: 2.0}), NOON + 5 * DAY)
    assert store.kept(CLOSE, NOON - 90 * DAY) == [(NOON - 90 * DAY + HOUR, 2.0, "lag")]


def test_a_bar_that_closes_as_its_series_is_first_followed_is_no_history():
    store = Store()
    store.take(bars("btc_usd", {NOON - 2 * HOUR: 1.0, NOON - HOUR: 2.0}), NOON)
    assert store.kept(CLOSE, NOON - 2 * HOUR) == [(NOON - HOUR, 1.0, "lag")]
    assert store.kept(CLOSE, NOON - HOUR) == [(NOON, 2.0, "arrival")]


def test_a_value_that_comes_before_it_is_due_counts_from_when_it_is_due():
    store, event = Store(), START
    store.take(reported((event - DAY, pd.NaT, 4.0)), START)
    store.take(reported((event, pd.NaT, 5.0)), event + DAY + HOUR)
    assert store.kept(YIELD, event) == [(event + DAY + DAILY.lag, 5.0, "arrival")]


def test_a_revision_is_known_from_the_moment_we_had_it_and_the_first_value_stays():
    store, event = Store(), NOON - 30 * DAY
    store.take(reported((event, pd.NaT, 4.0)), NOON)
    intake, added = store.take(reported((event, pd.NaT, 4.5)), NOON + DAY)
    assert (intake.revised, intake.new, added) == (1, 0, 1)
    first, second = store.kept(YIELD, event)
    assert first[1:] == (4.0, "lag")
    assert second == (NOON + DAY, 4.5, "arrival")


def test_a_revision_in_the_same_instant_or_before_its_time_is_not_lost():
    store, event = Store(), START
    store.take(reported((event - DAY, pd.NaT, 1.0)), START)
    for value, now in ((4.0, event + DAY), (4.5, event + DAY), (5.0, event + DAY + HOUR)):
        store.take(reported((event, pd.NaT, value)), now)
    stored = store.kept(YIELD, event)
    assert [value for _, value, _ in stored] == [4.0, 4.5, 5.0]
    assert [known_at for known_at, *_ in stored] == sorted({known_at for known_at, *_ in stored})


def test_vintages_from_before_we_followed_are_all_kept_as_their_source_dates_them():
    store, event = Store(), NOON - 90 * DAY
    vintages = [(event, event + 3 * DAY, 1.0), (event, event + 33 * DAY, 2.0)]
    intake, added = store.take(reported(*vintages), NOON)
    assert (intake.new, added) == (2, 2)
    assert store.kept(YIELD, event) == [(known_at, value, "vintage") for _, known_at, value in vintages]


def test_a_vintage_that_comes_while_followed_is_known_when_we_had_it():
    store, event = Store(), NOON - 2 * DAY
    store.take(reported((event - DAY, NOON - DAY, 1.0)), NOON)
    store.take(reported((event, NOON + HOUR, 2.0)), NOON + 3 * HOUR)
    assert store.kept(YIELD, event) == [(NOON + 3 * HOUR, 2.0, "arrival")]


def test_an_exact_vintage_is_known_from_its_own_moment_however_late_it_is_fetched():
    store, event = Store(exact=True), NOON - 2 * DAY
    store.take(reported((event - DAY, NOON - DAY, 1.0)), NOON)
    store.take(reported((event, NOON + HOUR, 2.0)), NOON + 3 * HOUR)
    assert store.kept(YIELD, event) == [(NOON + HOUR, 2.0, "vintage")]


def test_the_old_vintage_beside_the_new_one_is_no_revision_of_it():
    """Otherwise a source that keeps delivering both would be stored again each time."""
    store, event = Store(), NOON - 3 * DAY
    store.take(reported((event - DAY, NOON - 2 * DAY, 0.0)), NOON)
    first, both = (event, NOON + HOUR, 1.0), (event, NOON + 30 * DAY, 2.0)
    store.take(reported(first), NOON + 2 * HOUR)
    added = [store.take(reported(first, both), NOON + 31 * DAY + poll * HOUR)[1] for poll in range(4)]
    assert added == [1, 0, 0, 0]
    assert [value for _, value, _ in store.kept(YIELD, event)] == [1.0, 2.0]


def test_what_an_archive_began_with_is_no_revision_of_what_followed():
    store, event = Store(), NOON - 90 * DAY
    archive = reported((event, pd.NaT, 1.0), (event, event + 60 * DAY, 2.0))
    assert [store.take(archive, NOON + poll * HOUR)[1] for poll in range(3)] == [2, 0, 0]
    assert [value for _, value, _ in store.kept(YIELD, event)] == [1.0, 2.0]


def test_the_last_of_two_values_in_one_delivery_counts():
    store = Store()
    _, added = store.take(reported((START, pd.NaT, 1.0), (START, pd.NaT, 2.0)), START + 9 * DAY)
    assert added == 1
    assert [value for _, value, _ in store.kept(YIELD, START)] == [2.0]


def test_what_is_stored_has_the_columns_of_the_table_and_says_when_it_came():
    intake, _ = Store().take(bars("btc_usd", {START: 1.0, START + HOUR: 2.0}), NOON)
    assert list(intake.rows.columns) == STORED_COLUMNS
    assert set(intake.rows["ingested_at"]) == {NOON}
    assert {str(intake.rows[c].dtype) for c in ("event_time", "known_at", "ingested_at")} == {
        "datetime64[us, UTC]"
    }
    assert (intake.new, intake.revised, intake.unchanged) == (12, 0, 0)


@pytest.mark.parametrize("exact", [False, True])
def test_an_empty_delivery_stores_nothing(exact):
    intake, added = Store(exact=exact).take(reported(), NOON)
    assert (intake.new, intake.revised, intake.unchanged, added) == (0, 0, 0, 0)


# ── properties: a source that publishes and revises, and a platform that asks it now and then ────


def published(draw_days: Iterable[tuple[int, int, float]], *, vintages: bool):
    """Publications of daily values: period, time and value.

    First estimates come at the latest when the catalogue says they are due; revisions whenever after.
    """
    out, seen = [], set()
    for day, delay, value in draw_days:
        event = START + day * DAY
        due = int((DAILY.lag / MINUTE) if not vintages else 3000)
        minutes = delay if event in seen else delay % (due + 1)
        seen.add(event)
        out.append((event, event + DAY + minutes * MINUTE, value))
    return sorted(out, key=lambda publication: publication[1])


def says(publications, now, *, vintages):
    """Delivery at a given time: every vintage, or the newest value of each period."""
    last, vintage = {}, {}
    for event, known_at, value in publications:
        if known_at <= now and last.get(event) != value:
            last[event] = vintage[event, known_at] = value
    if vintages:
        return reported(*((event, known_at, value) for (event, known_at), value in vintage.items()))
    return reported(*((event, pd.NaT, value) for event, value in last.items()))


publications = st.lists(
    st.tuples(st.integers(0, 4), st.integers(0, 9 * 1440), st.sampled_from([1.0, 2.0, 3.0, 4.0])), max_size=14
)
polls = st.sets(st.integers(0, 16 * 1440), min_size=1, max_size=7).map(sorted)


@settings(max_examples=40, deadline=None)
@given(publications, polls, st.booleans(), st.booleans())
def test_a_platform_that_asks_now_and_then(days, minutes, vintages, exact):
    source = published(days, vintages=vintages)
    store = Store(exact=exact and vintages)
    past: list[tuple[pd.Timestamp, pd.DataFrame]] = []
    for now in (START + minute * MINUTE for minute in minutes):
        delivered = says(source, now, vintages=vintages)
        if delivered.empty:
            continue
        followed = store.followed()
        store.take(delivered, now)
        check_nothing_is_lost(store, source, now)
        assert store.take(delivered, now + MINUTE / 2)[1] == 0, "the same again stores nothing"
        check_honest(store, followed, now, exact=exact and vintages)
        past.append((now, store.rows[store.rows["known_at"] <= now]))
    if not (exact and vintages):
        for now, then in past:
            check_unchanged(then, store.rows[store.rows["known_at"] <= now])


def check_nothing_is_lost(store, source, now):
    """The newest stored value of each period is the source's latest."""
    last = {event: value for event, known_at, value in source if known_at <= now}
    assert store.newest().set_index("event_time")["value"].to_dict() == last


def check_honest(store, followed, now, *, exact):
    """No value is known before its period ends or, for a followed series, before it was received."""
    rows = store.rows
    assert (rows["known_at"] >= rows["event_time"] + DAY).all()
    if YIELD in followed and not exact:
        came = rows[rows["ingested_at"] == now]
        assert (came["known_at"] >= now).all()


def check_unchanged(then, now):
    """Later deliveries do not change what was known at a given time."""
    key = ["series", "event_time", "known_at"]
    pd.testing.assert_frame_equal(
        then.sort_values(key).reset_index(drop=True), now.sort_values(key).reset_index(drop=True)
    )


@settings(max_examples=6, deadline=None)
@given(st.permutations(range(6)), st.lists(st.integers(0, 5), min_size=6, max_size=6))
def test_pages_of_history_may_come_in_any_order_and_more_than_once(order, again):
    closes = {START + i * HOUR: 100.0 + i for i in range(12)}
    pages = [
        bars("btc_usd", {hour: closes[hour] for hour in list(closes)[2 * i : 2 * i + 2]}) for i in range(6)
    ]
    now, first, other = START + 90 * DAY, Store(), Store()
    first.take(pd.concat(pages, ignore_index=True), now)
    for page in (*order, *again):
        other.take(pages[page], now, followed={})
    key = ["series", "event_time", "known_at"]
    pd.testing.assert_frame_equal(
        *(store.rows.sort_values(key).reset_index(drop=True) for store in (first, other)), check_dtype=False
    )
