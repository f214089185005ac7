"""Provider calls stay within the rate limits, and daily refreshes within the allowance."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from threading import Barrier, BrokenBarrierError

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ppa.core.catalogue import Source
from ppa.ops.catalogue_file import load_catalogue
from ppa.providers.call_plan import FIRST_ROUND, Refresh, plan, refreshes
from ppa.providers.protocol import RateLimited
from ppa.providers.quota import DAY, FREE, CallLog, Limits, MemoryCallLog, Quota, QuotaGate

NOON = datetime(2024, 3, 15, 12, tzinfo=UTC)
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)


class Time:
    """Clock that sleeping advances."""

    def __init__(self, now: datetime = NOON) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


def quota(ledger: CallLog | None = None, **limits: int) -> Quota:
    return Quota({"p": Limits(**limits)}, ledger or MemoryCallLog())


# ── may a call be made ───────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("limits", "calls", "wait"),
    [
        ({}, [0, 0, 0], None),
        ({"per_minute": 2}, [], None),
        ({"per_minute": 2}, [10], None),
        ({"per_minute": 2}, [10, 20], timedelta(seconds=40)),
        ({"per_minute": 2}, [10, 20, 30], timedelta(seconds=40)),
        ({"per_minute": 2}, [10, 60], None),
        ({"per_minute": 2}, [60, 61, 70], None),
        ({"per_second": 1, "per_day": 25}, [0.25], timedelta(seconds=0.75)),
        ({"per_second": 1, "per_day": 2}, [0, 3600], timedelta(hours=23)),
    ],
)
def test_the_next_call_waits_for_the_tightest_limit(
    limits: dict[str, int], calls: list[float], wait: timedelta | None
) -> None:
    ledger = MemoryCallLog()
    for seconds_ago in sorted(calls, reverse=True):
        ledger.add("p", NOON - seconds_ago * SECOND)
    assert quota(ledger, **limits).wait_time("p", NOON) == wait


def test_a_limit_holds_across_restarts_and_instances() -> None:
    ledger = MemoryCallLog()
    for minute in range(5):
        quota(ledger, per_day=5).count_call("p", NOON + minute * MINUTE)
    assert quota(ledger, per_day=5).wait_time("p", NOON + HOUR) == DAY - HOUR
    assert quota(ledger, per_day=5).used("p", NOON + HOUR) == 5


def test_a_refusal_is_waited_out_even_where_a_later_one_is_shorter() -> None:
    ledger = MemoryCallLog()
    quota(ledger).limited("p", NOON + HOUR)
    quota(ledger).limited("p", NOON + MINUTE)
    assert quota(ledger).wait_time("p", NOON + MINUTE) == HOUR - MINUTE
    assert quota(ledger).wait_time("p", NOON + HOUR) is None


def test_providers_do_not_count_for_each_other() -> None:
    ledger = MemoryCallLog()
    ledger.add("other", NOON)
    ledger.block("other", NOON + HOUR)
    assert quota(ledger, per_day=1).wait_time("p", NOON) is None


pauses = st.lists(st.floats(0, 90), min_size=1, max_size=60)


@given(pauses=pauses, per_second=st.integers(1, 3), per_minute=st.integers(1, 9), per_day=st.integers(3, 25))
def test_however_calls_are_asked_for_no_span_ever_has_too_many(
    pauses: list[float], per_second: int, per_minute: int, per_day: int
) -> None:
    limits = Limits(per_second, per_minute, per_day)
    time, ledger, built = Time(), MemoryCallLog(), list[datetime]()
    gate = QuotaGate(Quota({"p": limits}, ledger), clock=time, sleep=time.sleep, max_wait=2 * DAY)
    for pause in pauses:
        time.sleep(pause)
        gate.enter("p")
        built.append(time.now)
    for span, maximum in limits.spans():
        assert all(later - earlier >= span for earlier, later in zip(built, built[maximum:], strict=False))


# ── the gate ─────────────────────────────────────────────────────────────────────────────────────


def test_the_gate_waits_for_what_is_short_and_says_when_for_what_is_long() -> None:
    time = Time()
    gate = QuotaGate(quota(per_second=1, per_day=3), clock=time, sleep=time.sleep)
    for _ in range(3):
        gate.enter("p")
    assert time.now == NOON + 2 * SECOND
    with pytest.raises(RateLimited, match="p: no call is available before 2024-03-16 12:00:00 UTC") as caught:
        gate.enter("p")
    assert caught.value.retry_at == NOON + DAY


class MeetingLedger(MemoryCallLog):
    """Call log that makes concurrent readers wait for each other, or until it is clear that none comes."""

    def __init__(self) -> None:
        super().__init__()
        self._both = Barrier(2)

    def calls(self, provider: str, since: datetime) -> Sequence[datetime]:
        seen = super().calls(provider, since)
        with suppress(BrokenBarrierError):
            self._both.wait(timeout=0.2)
        return seen


def test_threads_that_call_at_once_keep_to_the_limit_together() -> None:
    gate = QuotaGate(quota(MeetingLedger(), per_day=1), clock=Time())
    with ThreadPoolExecutor(2) as threads:
        results = [future.exception() for future in [threads.submit(gate.enter, "p") for _ in range(2)]]
    assert [type(result) for result in results if result] == [RateLimited]


# ── the plan ─────────────────────────────────────────────────────────────────────────────────────


def by_symbol(source: Source) -> str:
    return f"{source.symbol}{sorted(source.parameters.items())}"


def original_app() -> list[Refresh]:
    """Series that Alpha Vantage serves a free key: ten daily ones and sixteen slower ones."""
    daily = [Refresh("alphavantage", (f"daily_{place}",), "daily") for place in range(10)]
    return daily + [Refresh("alphavantage", (f"slow_{place:02}",), "monthly") for place in range(16)]


def live(wanted: list[Refresh], days: int) -> dict[str, list[datetime]]:
    """Follow the plan minute by minute; return the times at which each series is refreshed."""
    asked = {refresh.series[0]: list[datetime]() for refresh in wanted}
    now, calls = datetime(2024, 3, 15, tzinfo=UTC), list[datetime]()
    for _ in range(days * 24 * 60):
        now += MINUTE
        calls = [call for call in calls if call > now - DAY]
        latest = [replace(refresh, last=max(asked[refresh.series[0]], default=None)) for refresh in wanted]
        (day,) = plan(latest, FREE, now, {"alphavantage": len(calls)})
        for refresh in day.due(now)[:1]:
            asked[refresh.series[0]].append(now)
            calls.append(now)
            assert len(calls) <= 25
    return asked


def test_a_free_key_s_plan_is_ten_daily_series_and_the_slow_ones_in_rotation() -> None:
    (day,) = plan(original_app(), FREE, NOON, {})
    assert (
        str(day) == "alphavantage: daily refresh needs 18 of 25 calls, 0 used; 6 postponed for lack of calls"
    )
    asked = live(original_app(), days=6)
    daily = [times for name, times in asked.items() if name.startswith("daily")]
    slow = [times for name, times in asked.items() if name.startswith("slow")]
    assert all(5 <= len(times) <= 7 for times in daily)
    assert all(2 <= len(times) <= 4 for times in slow)


def test_slow_series_are_spread_evenly_over_the_day() -> None:
    slow = [Refresh("fred", (f"slow_{place}",), "quarterly", NOON) for place in range(24)]
    (day,) = plan(slow, FREE, NOON, {})
    assert {later.at - earlier.at for earlier, later in pairwise(day.planned)} == {HOUR}
    assert day.due(NOON) == []
    assert day.planned[-1].at <= NOON + DAY


def test_the_plan_is_the_same_whenever_it_is_made() -> None:
    wanted = [replace(refresh, last=NOON) for refresh in original_app()]
    (now,), (later,) = (plan(wanted, FREE, at, {}) for at in (NOON, NOON + MINUTE))
    assert now.planned == later.planned


def test_a_turn_that_was_missed_is_due_at_once() -> None:
    morning = NOON.replace(hour=0) + FIRST_ROUND
    (late,) = plan([Refresh("alphavantage", ("wti",), "daily", morning - MINUTE)], FREE, NOON, {})
    (done,) = plan([Refresh("alphavantage", ("wti",), "daily", morning)], FREE, NOON, {})
    assert (len(late.due(NOON)), len(done.due(NOON))) == (1, 0)
    assert done.planned[0].at == morning + DAY


@pytest.mark.parametrize("names", [("cpi", "gdp"), ("gdp", "cpi")])
def test_when_the_allowance_runs_short_the_slow_series_wait_and_the_oldest_go_first(
    names: tuple[str, str],
) -> None:
    daily = Refresh("alphavantage", ("wti",), "daily")
    old = Refresh("alphavantage", names[:1], "monthly", NOON - 9 * DAY)
    older = Refresh("alphavantage", names[1:], "monthly", NOON - 10 * DAY)
    (day,) = plan([old, older, daily], FREE, NOON, {"alphavantage": 18})
    assert sorted(refresh.series for refresh in day.due(NOON)) == [older.series, daily.series]
    assert day.postponed == (old,)
    assert str(day).endswith("18 used; 1 postponed for lack of calls")


@settings(max_examples=50)
@given(
    daily=st.integers(0, 30),
    slow=st.integers(0, 40),
    used=st.integers(0, 30),
    ages=st.lists(st.none() | st.floats(0, 300), min_size=70, max_size=70),
    minute=st.integers(0, 3000),
)
def test_what_is_due_fits_the_allowance_and_nothing_is_lost(
    daily: int, slow: int, used: int, ages: list[float | None], minute: int
) -> None:
    now = NOON + minute * MINUTE
    cadences = ["daily"] * daily + ["monthly"] * slow
    last = [None if age is None else now - age * HOUR for age in ages]
    wanted = [
        Refresh("alphavantage", (f"s{place}",), cadence, last[place])
        for place, cadence in enumerate(cadences)
    ]
    for day in plan(wanted, FREE, now, {"alphavantage": used}):
        assert not day.due(now) or used + len(day.due(now)) <= 20
        assert sorted(r.series for r in [*(p.refresh for p in day.planned), *day.postponed]) == sorted(
            r.series for r in wanted
        )


def test_refreshes_follow_the_catalogue_s_order_of_preference_and_share_calls() -> None:
    catalogue = load_catalogue()
    keyless = refreshes(catalogue, {"coinbase", "fred"}, {}, by_symbol)
    assert {refresh.provider for refresh in keyless} == {"coinbase", "fred"}
    assert not any("gold" in refresh.series for refresh in keyless)
    done = {"gold": NOON, "silver": NOON - HOUR}
    polygon = refreshes(catalogue, {"polygon"}, done, lambda source: source.symbol[:2])
    currencies = next(refresh for refresh in polygon if "gold" in refresh.series)
    assert {"gold", "silver", "fx_eur"} <= set(currencies.series)
    assert currencies.last is None
    metals = refreshes(catalogue, {"polygon"}, done, by_symbol)
    assert {r.series: r.last for r in metals}["gold",] == NOON
