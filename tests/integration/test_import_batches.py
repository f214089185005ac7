"""A batch that is withdrawn leaves what there would be if it had never come, whatever came before and after it."""

import signal
from collections import deque
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from killing import PROCESSES, Counting
from msgspec import structs
from platforms import FIRST, HOUR, NOW, PATIENCE, Small, bar_rows, copied, small

from ppa.core.catalogue import BAR_FIELDS
from ppa.core.contracts.imports import BatchDescription
from ppa.core.times import BEGINNING, END, utc
from ppa.jobs.backfill import build_progress
from ppa.jobs.import_batches import Contradiction, finish_withdrawals, store_batch, withdraw_batch
from ppa.jobs.observation_writer import ObservationWriter
from ppa.reports.parity import verify_parity
from ppa.repository.imports import import_batches
from ppa.repository.observations import delivered_observations
from ppa.repository.prices import latest_closes
from ppa.repository.rows import stored_rows
from ppa.storage.warehouse import Warehouse

SPAN = 12  # hours


@dataclass(frozen=True)
class Step:
    """One delivery: of a provider if `mode` is empty, else an import of a source; `scale` changes its prices."""

    first: int
    hours: int
    scale: float
    mode: str = ""
    source: str = "csv"


steps = st.builds(
    Step,
    first=st.integers(0, SPAN - 1),
    hours=st.integers(1, 6),
    scale=st.sampled_from([1.0, 1.01, 1.5]),
    mode=st.sampled_from(["", "keep", "replace", "revision"]),
    source=st.sampled_from(["csv", "kraken"]),
)


def values(site: Small, step: Step) -> pd.DataFrame:
    """The observations of a step, every series of BTC."""
    hours = pd.date_range(FIRST + step.first * HOUR, periods=step.hours, freq="h").as_unit("us")
    closes = pd.Series(40_000.0 + np.arange(step.hours) + step.first, index=hours) * step.scale
    rows = bar_rows(site.platform.catalogue.asset("BTC"), closes)
    return rows.assign(source=step.source) if step.mode else rows


def described(site: Small, step: Step, rows: pd.DataFrame, number: int) -> BatchDescription:
    """The description of an import."""
    asset = site.platform.catalogue.asset("BTC")
    first, last = rows["event_time"].min(), rows["event_time"].max()
    series = tuple(asset.series(field) for field in BAR_FIELDS)
    fixed: dict[str, Any] = {
        "subject": "BTC",
        "series": series,
        "file": f"{number}.csv",
        "sha256": f"{number}",
    }
    return BatchDescription(
        **fixed, source=step.source, mode=step.mode or "plain", rows=len(rows), first=first, last=last
    )


def do(site: Small, step: Step, number: int) -> str | None:
    """Deliver or import; return the batch, if there is one."""
    rows = values(site, step)
    if not step.mode:
        counts = ObservationWriter(site.platform).record(rows)
        deque(build_progress(site.platform, counts.first_known_at), maxlen=0)
        return None
    *_, batch = store_batch(site.platform, described(site, step, rows, number), rows, "tester")
    return batch.batch_id


def rows_of(site: Small) -> pd.DataFrame:
    """All stored rows."""
    return stored_rows(site.platform, BEGINNING, END)


def lived(home: Path, story: list[tuple[int, Step]], withdrawn: dict[int, int]) -> Small:
    """A home where the steps happened a minute apart; step `n` is withdrawn after step `withdrawn[n]`."""
    site = small(home, NOW - timedelta(days=1))
    batches: dict[int, str | None] = {}
    for number, step in story:
        site.clock.now = NOW - timedelta(days=1) + timedelta(minutes=2 * number)
        batches[number] = do(site, step, number)
        site.clock.now += timedelta(minutes=1)
        for gone in [n for n, after in withdrawn.items() if after == number and batches.get(n)]:
            deque(withdraw_batch(site.platform, str(batches[gone]), "tester", "misread"), maxlen=0)
    return site


@settings(
    max_examples=8,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(story=st.lists(steps, min_size=2, max_size=6), data=st.data())
def test_a_withdrawn_batch_is_a_batch_that_never_came(
    tmp_path_factory: pytest.TempPathFactory, story: list[Step], data: st.DataObject
) -> None:
    numbered = list(enumerate(story))
    imports = [n for n, step in numbered if step.mode]
    gone = data.draw(st.sets(st.sampled_from(imports)) if imports else st.just(set()))
    after = {n: data.draw(st.integers(n, len(story) - 1)) for n in sorted(gone)}
    with closing(lived(tmp_path_factory.mktemp("with"), numbered, after).platform) as one:
        result = stored_rows(one, BEGINNING, END), latest_closes(one, "BTC")
        assert verify_parity(one, utc(FIRST), utc(FIRST + 30 * HOUR)).differences == ()
    without = [(n, step) for n, step in numbered if n not in gone]
    with closing(lived(tmp_path_factory.mktemp("without"), without, {}).platform) as other:
        expected = stored_rows(other, BEGINNING, END), latest_closes(other, "BTC")
    pd.testing.assert_frame_equal(result[0], expected[0], check_exact=True)
    pd.testing.assert_series_equal(result[1], expected[1], check_exact=True, check_freq=False)


# ── killed at any point ──────────────────────────────────────────────────────────────────────────

BEFORE = [(0, Step(0, 4, 1.0)), (1, Step(2, 8, 1.01, "keep")), (2, Step(6, 4, 1.0))]
ACTIONS = {"import": Step(4, 6, 1.5, "replace"), "withdraw": BEFORE[1][1]}


@dataclass
class WriteKilling(Counting):
    """A warehouse that kills its process after a write, not after a query."""

    def query(self, name: str, **parameters: object) -> pa.Table:
        """Query, without counting."""
        return self.inner.query(name, **parameters)


def act(home: Path, action: str, last: int = 0) -> int:
    """Do an action in a home, and be killed after write `last`; return the number of writes."""
    site = small(home, NOW)
    warehouse = WriteKilling(site.platform.warehouse, last)
    site = replace(site, platform=replace(site.platform, warehouse=warehouse))
    if action == "import":
        do(site, ACTIONS[action], 9)
    else:
        (batch,) = [one for one in import_batches(site.platform) if one.sha256 == "1"]
        deque(withdraw_batch(site.platform, batch.batch_id, "tester"), maxlen=0)
    site.platform.close()
    return warehouse.calls


def state(home: Path) -> dict[str, Any]:
    """What is stored: batches, observations without the moment of their change, and rows."""
    with closing(small(home, NOW).platform) as platform:
        names = [platform.catalogue.asset("BTC").series(field) for field in BAR_FIELDS]
        stored = delivered_observations(platform, names, BEGINNING, END).drop(columns="counted_at")
        stored["counted"] = stored["counted"].ne(False)
        order = ["series", "event_time", "known_at", "source", "batch"]
        return {
            "batches": [structs.replace(batch, ended_at=None) for batch in import_batches(platform)],
            "observations": stored.sort_values(order, ignore_index=True),
            "rows": stored_rows(platform, BEGINNING, END),
        }


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with provider's bars, an import, and bars of the provider for hours that it fills."""
    home = tmp_path_factory.mktemp("before")
    lived(home, BEFORE, {}).platform.close()
    return home


@pytest.mark.parametrize("action", ACTIONS)
def test_an_import_or_withdrawal_killed_after_any_write_is_completed_by_the_next(
    before: Path, tmp_path: Path, action: str
) -> None:
    undisturbed = copied(before, tmp_path / "undisturbed")
    writes = act(undisturbed, action)
    assert writes >= 4
    expected = state(undisturbed)
    for last in range(1, writes):
        home = copied(before, tmp_path / f"killed-{last}")
        process = PROCESSES.Process(target=act, args=(home, action, last))
        process.start()
        process.join(PATIENCE)
        assert process.exitcode == -signal.SIGKILL
        act(home, action)
        result = state(home)
        assert result["batches"] == expected["batches"]
        pd.testing.assert_frame_equal(result["observations"], expected["observations"], check_exact=True)
        pd.testing.assert_frame_equal(result["rows"], expected["rows"], check_exact=True)
        assert act(home, action) <= 1, "a third time changes nothing"


def test_an_interrupted_withdrawal_is_completed_by_the_hourly_job(before: Path, tmp_path: Path) -> None:
    home = copied(before, tmp_path / "home")
    process = PROCESSES.Process(target=act, args=(home, "withdraw", 1))
    process.start()
    process.join(PATIENCE)
    with closing(small(home, NOW).platform) as platform:
        assert [batch.state for batch in import_batches(platform)] == ["withdrawing"]
        assert finish_withdrawals(platform) == 1
        assert [batch.state for batch in import_batches(platform)] == ["withdrawn"]


# ── on both warehouses ───────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "opener",
    ["embedded", pytest.param("cloud", marks=(pytest.mark.emulator, pytest.mark.torture))],
    indirect=True,
)
def test_both_warehouses_import_refuse_replace_and_withdraw(tmp_path: Path, warehouse: Warehouse) -> None:
    site = small(tmp_path / "home", NOW)
    site.platform.close()
    site = replace(site, platform=replace(site.platform, warehouse=warehouse))
    wrong, right = Step(0, 8, 1.5, "plain"), Step(2, 8, 1.0, "plain")
    first = do(site, wrong, 1)
    with pytest.raises(Contradiction, match=rf"30 of 36 values differ.*imported as {first}.*by up to 33\.3%"):
        do(site, right, 2)
    assert len(import_batches(site.platform)) == 1, "nothing of a refused file is stored"
    site.clock.now += HOUR
    second = do(site, replace(right, mode="replace"), 2)
    closes = latest_closes(site.platform, "BTC")
    assert closes.tolist() == [60_000, 60_001.5, *(40_002 + n for n in range(8))]
    assert do(site, replace(right, mode="replace"), 2) == second, "an equal import is the same batch"
    for name in (str(second), str(first)):
        site.clock.now += HOUR
        deque(withdraw_batch(site.platform, name, "tester", "misread"), maxlen=0)
        deque(withdraw_batch(site.platform, name, "tester"), maxlen=0)
        if name == second:
            back = latest_closes(site.platform, "BTC")
            assert back.tolist() == [1.5 * (40_000 + n) for n in range(8)]
            assert len(rows_of(site)) == 8
    assert latest_closes(site.platform, "BTC").empty
    assert rows_of(site).empty, "rows without any bar are retired"
    assert [(one.state, one.reason) for one in import_batches(site.platform)] == [
        ("withdrawn", "misread")
    ] * 2
    again = do(site, right, 2)
    assert again not in (first, second)
    assert len(latest_closes(site.platform, "BTC")) == 8, "a withdrawn file can be imported again"
    site.platform.close()


# ── at the same time ─────────────────────────────────────────────────────────────────────────────


@dataclass
class Interleaved(Counting):
    """A warehouse in which something else happens after the first reading of what is delivered."""

    meanwhile: Callable[[], object] = lambda: None

    def query(self, name: str, **parameters: object) -> pa.Table:
        """Query, and let the other happen once."""
        result = self.inner.query(name, **parameters)
        if name == "delivered_observations":
            other, self.meanwhile = self.meanwhile, lambda: None
            other()
        return result


@pytest.mark.parametrize("mode", ["keep", "replace", "revision"])
@pytest.mark.parametrize("first", ["import", "delivery"])
def test_an_import_and_a_delivery_at_the_same_time_agree_on_what_counts(
    tmp_path: Path, first: str, mode: str
) -> None:
    site = small(tmp_path, NOW - timedelta(days=1))
    both = {"import": Step(2, 6, 1.5, mode, "kraken"), "delivery": Step(0, 5, 1.0)}
    (second,) = both.keys() - {first}
    warehouse = Interleaved(site.platform.warehouse, meanwhile=lambda: do(site, both[second], 2))
    do(replace(site, platform=replace(site.platform, warehouse=warehouse)), both[first], 1)
    names = [site.platform.catalogue.asset("BTC").series(field) for field in BAR_FIELDS]
    stored = delivered_observations(site.platform, names, BEGINNING, END)
    counted = stored[stored["counted"].ne(False)]
    owners = counted.groupby(["series", "event_time"])["source"].nunique()
    assert len(owners) == 8 * len(BAR_FIELDS)
    assert owners.max() == 1, "two sources count for one hour"
    deque(build_progress(site.platform, None), maxlen=0)
    assert verify_parity(site.platform, BEGINNING, utc(FIRST + 30 * HOUR)).differences == ()
    site.platform.close()
