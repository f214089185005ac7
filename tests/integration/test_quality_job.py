"""Quality checks on demand and on System info: stored data, second sources, call plans and failures."""

import re
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner
from platforms import FIRST, HOUR, Small, bar_rows, copied, served, small, walk

from ppa.cli.main import ppa
from ppa.core.catalogue import Asset, Source
from ppa.core.contracts.observations import Quote
from ppa.core.origins import ORIGINS
from ppa.core.times import utc
from ppa.jobs.backfill import backfill
from ppa.jobs.ingest import ingest
from ppa.jobs.observation_writer import ObservationWriter
from ppa.jobs.runs import run_job
from ppa.providers.call_log import WarehouseCallLog
from ppa.providers.feed import Feed
from ppa.providers.protocol import ProviderError
from ppa.providers.quota import FREE, Quota
from ppa.reports.performance import load_record
from ppa.reports.quality import check_stored
from ppa.repository.models import find_model
from ppa.repository.observations import newest_values
from ppa_web import create_app

DAYS = pd.Timedelta(days=45)


class Second:
    """Second provider of the same coins, such as Polygon; tests can shift, scale or break it."""

    name = "polygon"

    def __init__(self, now: object) -> None:
        self.now, self.factor, self.late, self.broken = now, 1.0, pd.Timedelta(0), False

    def bars(self, asset: Asset, source: Source, since: object, until: object) -> Iterator[pd.DataFrame]:
        """Bars of the first provider, modified."""
        if self.broken:
            raise ProviderError("polygon: HTTP 500: out of order")
        closes = walk(self.now) * self.factor
        closes = closes.set_axis(closes.index + self.late)
        there = closes[(closes.index >= since) & (closes.index < until)]
        yield bar_rows(asset, there).assign(source=self.name)

    def quotes(self, assets: Sequence[Asset]) -> list[Quote]:
        """Return no quotes."""
        return []


@pytest.fixture
def filled(tmp_path: Path) -> Iterator[Small]:
    home = small(tmp_path)
    for _ in backfill(home.platform, utc(home.platform.settings.history_from)):
        pass
    yield home
    home.platform.close()


@pytest.fixture
def second(filled: Small) -> Second:
    return Second(filled.clock.now)


def with_second(filled: Small, second: Second) -> Small:
    """Platform with a second provider and with quotas."""
    ledger = WarehouseCallLog(filled.platform.warehouse, FREE, clock=filled.clock)
    providers = {**filled.platform.feed.providers, "polygon": second}
    feed = Feed("real", providers, quota=Quota(FREE, ledger))
    return replace(filled, platform=replace(filled.platform, feed=feed))


def kinds(home: Small) -> list[tuple[str, str]]:
    now = home.platform.now()
    return [(f.series, f.kind) for f in check_stored(home.platform, now - DAYS, now).findings]


def test_good_data_has_no_findings(filled: Small, second: Second) -> None:
    assert kinds(filled) == []
    assert kinds(with_second(filled, second)) == []


def test_a_second_source_that_disagrees_or_has_other_times_is_named(filled: Small, second: Second) -> None:
    home = with_second(filled, second)
    second.factor = 1.05
    assert ("btc_usd_close", "disagreement") in kinds(home)
    second.factor, second.late = 1.0, pd.Timedelta(hours=3)
    assert ("btc_usd_close", "time zone") in kinds(home)


def test_a_second_source_that_does_not_answer_is_no_finding_but_said(filled: Small, second: Second) -> None:
    second.broken = True
    now = filled.platform.now()
    checked = check_stored(with_second(filled, second).platform, now - DAYS, now)
    assert checked.findings == ()
    assert set(checked.unanswered) == {"polygon: HTTP 500: out of order"}


def test_another_source_fills_what_is_missing_and_revises_nothing(filled: Small, second: Second) -> None:
    """Coinbase is down for an hour: Polygon serves that hour, and different values for earlier hours."""
    home = with_second(filled, second)
    second.factor = 1.01
    filled.market.broken.add("bars")
    filled.clock.now += HOUR
    second.now = filled.clock.now
    result = run_job(
        home.platform, "ingest", home.platform.now(), lambda: ingest(home.platform, home.platform.now())
    )
    assert result["revised"] == 0
    assert "coinbase answered 500" in result["failures"]["BTC"]
    since = home.platform.now() - pd.Timedelta(hours=5)
    stored = newest_values(home.platform, ["btc_usd_close"], since, home.platform.now())
    assert stored["source"].tolist()[-2:] == ["coinbase", "polygon"]
    again = ObservationWriter(home.platform).record(
        next(second.bars(home.platform.catalogue.asset("BTC"), None, since, home.platform.now()))
    )
    assert (again.new, again.revised) == (0, 0)


def test_a_serious_finding_of_long_ago_is_a_problem_until_it_is_acknowledged(tmp_path: Path) -> None:
    home = small(tmp_path)
    home.market.revised = {FIRST + hour * HOUR: 100.0 for hour in range(300, 330)}
    deque(backfill(home.platform, utc(home.platform.settings.history_from)), maxlen=0)
    client = create_app(home.platform, trusted_hosts=["localhost"]).test_client()
    status = client.get("/api/v1/status").json
    sentences = [one["sentence"] for one in status["problems"] if one["code"] == "bad_data"]
    assert status["verdict"] == "failing"
    assert any("btc_usd_close: 30 bars are in another unit" in sentence for sentence in sentences)
    for finding in client.get("/api/v1/data/findings").json["findings"]:
        path = f"/api/v1/data/findings/{finding['finding_id']}/acknowledgement"
        headers = {"Origin": "http://localhost"}
        assert client.put(path, json={"reason": "A drill."}, headers=headers).status_code == 200
    assert [one for one in client.get("/api/v1/status").json["problems"] if one["code"] == "bad_data"] == []
    home.platform.close()


def test_findings_failures_and_the_plan_are_in_the_api(filled: Small, second: Second) -> None:
    home = with_second(filled, second)
    now = home.platform.now()
    home.platform.feed.quota.count_call("polygon", filled.clock.now)
    wrong = bar_rows(home.platform.catalogue.asset("BTC"), walk(filled.clock.now)[-1:] * -1)
    filled.clock.now += pd.Timedelta(minutes=1)
    ObservationWriter(home.platform).record(wrong)
    filled.market.broken |= {"quotes"}
    run_job(home.platform, "ingest", now, lambda: ingest(home.platform, now))
    client = create_app(home.platform, trusted_hosts=["localhost"]).test_client()
    status = client.get("/api/v1/status").json
    assert status["failures"] == {"quotes": "coinbase answered 500 to a request for quotes."}
    used = {entry["provider"]: entry for entry in status["providers"]}
    counted = {"provider": "polygon", "used": 1, "per_day": None, "free_at": None, "failure": None}
    assert used["polygon"] == {**counted, "needed": 8, "postponed": 0}
    assert used["coinbase"]["used"] is None
    problems = [problem["sentence"] for problem in status["problems"]]
    assert any("btc_usd_close: 1 values lie outside" in sentence for sentence in problems)
    actual = client.get("/api/v1/data/check?from=2026-02-27").json
    assert {"btc_usd_close"} <= {finding["series"] for finding in actual["findings"]}
    plan = {part["provider"]: part["sentence"] for part in client.get("/api/v1/data/plan").json["plan"]}
    assert plan["fred"].startswith("fred: daily refresh needs ")
    assert "1 used" in plan["polygon"]


def outcomes(home: Small) -> "pd.Series[int]":
    """Current outcome of every prediction of the model `calm`."""
    model = find_model(home.platform, "calm-v1")
    parts = [load_record(home.platform, model, origin).rows for origin in ORIGINS]
    return pd.concat(parts).set_index(["ts", "origin"])["outcome"]


def test_a_revision_says_which_matured_outcomes_it_turned(history: Path, tmp_path: Path) -> None:
    """A close of nine hours ago was far too low, so the hours before it had a wrong label of 0."""
    home = small(copied(history, tmp_path / "home"))
    home.activate("calm-v1")
    home.live(12)
    before = outcomes(home).dropna()
    spiked = utc(home.clock.now).floor("h") - 9 * HOUR
    home.market.revised[spiked.to_pydatetime()] = 1.5
    home.clock.now = home.clock.now.replace(minute=1) + HOUR
    result = ingest(home.platform, utc(home.clock.now))
    turned = outcomes(home).reindex(before.index) != before
    by_origin = turned[turned].groupby("origin").size().to_dict()
    assert by_origin.keys() == {"live", "buffer"}
    assert result["flipped"] == {"calm-v1": by_origin}
    home.clock.now += HOUR
    assert ingest(home.platform, utc(home.clock.now))["flipped"] == {}
    home.platform.close()


def test_the_command_says_the_same(filled: Small, second: Second, monkeypatch: pytest.MonkeyPatch) -> None:
    home = with_second(filled, second)
    second.factor = 1.05
    with served(home.platform) as url:
        monkeypatch.setenv("PPA_URL", url)
        text = {name: CliRunner().invoke(ppa, ["data", name]) for name in ("plan", "status")}
        checked = CliRunner().invoke(ppa, ["data", "check", "--from", "2026-02-01"])
        bounded = CliRunner().invoke(ppa, ["data", "check", "--from", "2020-01-01", "--to", "2020-02-01"])
    assert "fred: daily refresh needs" in text["plan"].output
    assert re.search(r"btc_usd_close +│ coinbase", text["status"].output)
    assert checked.exit_code == 1
    assert "disagreement: btc_usd_close: polygon differs by more than 2.0%" in checked.output
    assert (bounded.exit_code, bounded.output) == (0, "0 observations checked, 0 findings.\n")
