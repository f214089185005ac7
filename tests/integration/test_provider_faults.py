"""Provider adapters under rate limits, failures and invalid responses, over real sockets and without real waiting."""

import logging
import os
import re
import signal
import subprocess
import sys
import traceback
from collections.abc import Iterator, Sequence
from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import requests

from ppa.providers.protocol import Provider, ProviderError, RateLimited
from ppa.providers.quota import FREE, MemoryCallLog, Quota, QuotaGate
from tests.fakes.asking import (
    CATALOGUE,
    KEY,
    NOW,
    adapter,
    bars_of,
    hourly,
    levels,
    same_bars,
    series_of,
    source,
)
from tests.fakes.clock import HandClock
from tests.fakes.faults import (
    ALPHAVANTAGE_BODIES,
    CUT,
    CUT_UNFRAMED,
    GARBLED,
    HANG,
    NO_FAULT,
    RESET,
    Fault,
    error,
    limit,
    says,
)
from tests.fakes.server import FakeProviders
from tests.fakes.world import World

REPOSITORY = Path(__file__).parents[2]
BARS = hourly(650)
DAYS = pd.bdate_range(end="2024-03-14", periods=30, tz="UTC")
YIELDS = levels(DAYS, np.arange(30.0), known_at=DAYS + pd.Timedelta(days=1))
WORLD = World({"BTC": BARS}, {"treasury_10y": YIELDS}, CATALOGUE)
PROVIDERS = ["coinbase", "fred", "polygon", "alphavantage"]


@pytest.fixture
def clock() -> HandClock:
    return HandClock(NOW)


@pytest.fixture
def fakes(clock: HandClock) -> Iterator[FakeProviders]:
    with FakeProviders(WORLD, clock=clock) as running:
        yield running


def ask(provider: Provider) -> None:
    """Request data, all of which must arrive."""
    if provider.name in ("coinbase", "polygon"):
        same_bars(bars_of(provider, BARS.index[0], NOW), BARS.iloc[:-1], provider.name)
    else:
        rows = series_of(provider, "treasury_10y", "2024-01-01")
        assert rows["value"].tolist() == list(range(30))


def date_in(seconds: int) -> str:
    return format_datetime(NOW + timedelta(seconds=seconds), usegmt=True)


# ── what passes ──────────────────────────────────────────────────────────────────────────────────

# each with the resulting pauses; jitter is always one half
PASSING = [
    pytest.param([RESET], [0.25], id="reset"),
    pytest.param([CUT, CUT_UNFRAMED], [0.25, 0.5], id="cut bodies"),
    pytest.param([error(500, "boom")] * 3, [0.25, 0.5, 1.0], id="three errors in a row"),
    pytest.param([error(503, retry_after="7")], [7.25], id="Retry-After in seconds"),
    pytest.param([error(503, retry_after=date_in(9))], [9.25], id="Retry-After as a date"),
    pytest.param([error(503, retry_after=date_in(-60))], [0.25], id="Retry-After in the past"),
    pytest.param([error(502, retry_after="soon")], [0.25], id="Retry-After that says nothing"),
]


@pytest.mark.parametrize("name", PROVIDERS)
@pytest.mark.parametrize(("failures", "slept"), PASSING)
def test_what_passes_is_tried_again(
    fakes: FakeProviders, clock: HandClock, name: str, failures: Sequence[Fault], slept: list[float]
) -> None:
    fakes.then(name, *failures)
    ask(adapter(fakes, name))
    assert clock.slept == pytest.approx(slept)


def test_an_answer_that_does_not_come_is_given_up_after_the_timeout(fakes: FakeProviders) -> None:
    fakes.then("coinbase", HANG, HANG, HANG, HANG)
    with pytest.raises(ProviderError, match=r"coinbase: no response within 0\.1 s"):
        ask(adapter(fakes, "coinbase", read=0.1))
    assert len(fakes.requests("coinbase")) == 4


def test_nobody_there_is_a_provider_error(fakes: FakeProviders) -> None:
    polygon = adapter(fakes, "polygon")
    fakes.stop()
    with pytest.raises(ProviderError, match="polygon: the connection failed"):
        ask(polygon)


def test_what_came_before_a_failure_is_delivered(fakes: FakeProviders) -> None:
    fakes.then("coinbase", NO_FAULT, NO_FAULT, error(400, '{"message":"no more"}'))
    coinbase, asset = adapter(fakes, "coinbase"), CATALOGUE.assets["BTC"]
    frames = coinbase.bars(asset, source("BTC", "coinbase"), BARS.index[0], NOW)
    closes = next(frames).query("series == 'btc_usd_close'")
    assert closes["value"].tolist() == BARS["close"].tolist()[:600]
    with pytest.raises(ProviderError, match="no more"):
        next(frames)


# ── what does not pass ───────────────────────────────────────────────────────────────────────────

POLYGON_403 = '{"status":"NOT_AUTHORIZED","message":"You are not entitled to this data."}'
BAD_KEY_AND_LIMIT = '{"Information":"the API key is invalid; free keys have 25 requests per day"}'
FAILING = [
    ("coinbase", error(404, '{"message":"NotFound"}'), "coinbase: HTTP 404: NotFound"),
    ("coinbase", error(400, '{"message":"granularity too small"}'), "granularity too small"),
    ("coinbase", says('{"message":"on holiday"}'), "coinbase: unexpected response"),
    ("coinbase", says("[[1,2,3]]"), "coinbase: unexpected response"),
    ("coinbase", says("[[1710500400,NaN,1,1,1,1]]"), "coinbase: the response is not JSON"),
    ("coinbase", GARBLED, "coinbase: the response is not JSON"),
    ("polygon", error(403, POLYGON_403), "polygon: HTTP 403: You are not entitled to this data."),
    ("polygon", error(500, "<html><body><h1>Bad gateway</h1></body></html>"), "HTTP 500: Bad gateway"),
    ("polygon", error(500), "polygon: HTTP 500: Internal Server Error"),
    ("polygon", says('{"status":"ERROR","error":"try later"}'), "polygon: try later"),
    ("polygon", says('{"status":"OK","results":[{"o":1}]}'), "polygon: unexpected response"),
    ("polygon", says("[]"), "polygon: unexpected response"),
    ("polygon", GARBLED, "polygon: the response is not JSON"),
    ("fred", error(400, '{"error_code":400,"error_message":"Bad Request."}'), "fred: HTTP 400: Bad Request."),
    ("fred", says('{"count":1}'), "fred: unexpected response"),
    ("fred", GARBLED, "fred: the response is not JSON"),
    ("alphavantage", says(ALPHAVANTAGE_BODIES["bad key"]), "the parameter apikey is invalid or missing"),
    ("alphavantage", says(BAD_KEY_AND_LIMIT), "the API key is invalid; free keys have 25 requests per day"),
    ("alphavantage", says(ALPHAVANTAGE_BODIES["bad call"]), "alphavantage: Invalid API call"),
    ("alphavantage", says('{"Information":"This is a premium endpoint."}'), "This is a premium endpoint"),
    ("alphavantage", says("{}"), "alphavantage: no data in"),
    ("alphavantage", says('{"data":[{"date":"May 2024","value":"1"}]}'), "unexpected response"),
    ("alphavantage", says('{"data":[{"date":"2024-05-01","value":"inf"}]}'), "not a finite number"),
    ("alphavantage", GARBLED, "alphavantage: the response is not JSON"),
]


@pytest.mark.parametrize(("name", "fault", "words"), FAILING)
def test_what_does_not_pass_is_an_error_in_the_provider_s_own_words(
    fakes: FakeProviders, name: str, fault: Fault, words: str
) -> None:
    fakes.then(name, *[fault] * 4)
    with pytest.raises(ProviderError, match=re.escape(words)) as caught:
        ask(adapter(fakes, name))
    assert not isinstance(caught.value, RateLimited)
    assert len(fakes.requests(name)) == (4 if fault.status == 500 else 1)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("<!DOCTYPE html><html><body>Access denied</body></html>", "fred: unexpected response"),
        ("observation_date,DGS2\n2024-03-01,4.1\n", "expected a table of DGS10"),
        ("observation_date,DGS10\n2024-03-01,4.1,7\n", "fred: unexpected response"),
        ("observation_date,DGS10\n2024-03-01,n/a\n", "fred: unexpected response"),
        ("", "fred: unexpected response"),
    ],
)
def test_a_csv_that_is_none_is_refused(fakes: FakeProviders, body: str, words: str) -> None:
    fakes.then("fred", says(body))
    with pytest.raises(ProviderError, match=re.escape(words)):
        series_of(adapter(fakes, "fred", None), "treasury_10y", "2024-01-01")


# ── limits ───────────────────────────────────────────────────────────────────────────────────────

AV = ALPHAVANTAGE_BODIES
LIMITS = [
    # provider, response, duration of the limit, True if it is short enough to wait for
    ("coinbase", limit("coinbase"), 1, True),
    ("coinbase", limit("coinbase", retry_after="3"), 3, True),
    ("coinbase", limit("coinbase", retry_after=date_in(4)), 4, True),
    ("coinbase", limit("coinbase", retry_after="3600"), 3600, False),
    ("coinbase", limit("coinbase", retry_after="99999999999"), 86400, False),
    ("polygon", limit("polygon"), 60, False),
    ("polygon", limit("polygon", body=""), 60, False),
    ("polygon", limit("polygon", retry_after="12"), 12, True),
    ("fred", limit("fred"), 60, False),
    ("alphavantage", says(AV["second"]), 2, True),
    ("alphavantage", says(AV["minute"]), 60, False),
    ("alphavantage", says(AV["day"]), 86400, False),
]


@pytest.mark.parametrize(("name", "answer", "lasts", "short"), LIMITS)
def test_a_limit_is_waited_out_where_it_is_short_and_else_says_when_to_ask_again(
    fakes: FakeProviders, clock: HandClock, name: str, answer: Fault, lasts: int, short: bool
) -> None:
    fakes.then(name, answer)
    if short:
        ask(adapter(fakes, name))
        assert clock.slept == pytest.approx([lasts + 0.25])
        return
    with pytest.raises(RateLimited) as caught:
        ask(adapter(fakes, name))
    assert caught.value.retry_at == NOW + timedelta(seconds=lasts)
    assert f"{caught.value.retry_at:%Y-%m-%d %H:%M:%S} UTC" in str(caught.value)
    assert len(fakes.requests(name)) == 1


def test_a_limit_is_remembered_by_every_instance(fakes: FakeProviders, clock: HandClock) -> None:
    ledger = MemoryCallLog()
    gates = [QuotaGate(Quota(FREE, ledger), clock=clock, sleep=clock.sleep) for _ in range(2)]
    fakes.then("polygon", limit("polygon", retry_after="40"))
    for gate in gates:
        with pytest.raises(RateLimited) as caught:
            ask(adapter(fakes, "polygon", gate=gate))
        assert caught.value.retry_at == NOW + timedelta(seconds=40)
    assert len(fakes.requests("polygon")) == 1
    clock.sleep(40)
    ask(adapter(fakes, "polygon", gate=gates[1]))


@pytest.mark.parametrize(("name", "calls", "window"), [("polygon", 5, 60), ("coinbase", 10, 1)])
def test_within_its_quota_a_provider_never_has_to_say_no(
    fakes: FakeProviders, clock: HandClock, name: str, calls: int, window: int
) -> None:
    fakes.allow(name, calls, timedelta(seconds=window))
    minute = timedelta(minutes=1)
    gate = QuotaGate(Quota(FREE, MemoryCallLog()), clock=clock, sleep=clock.sleep, max_wait=minute)
    provider = adapter(fakes, name, gate=gate)
    for _ in range(12):
        provider.quotes([CATALOGUE.assets["BTC"]])
    assert len(fakes.requests(name)) == 12
    assert sum(clock.slept) == pytest.approx(window * (11 // calls))


# ── keys ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", ["fred", "polygon", "alphavantage"])
@pytest.mark.parametrize(
    "fault",
    [
        error(400, f'{{"message":"the key {KEY} is wrong"}}'),
        error(400, "see https://example.com/?apikey=sesame%2Bopen%2F42 for more"),
        error(500, KEY),
        RESET,
        says(f'{{"Information":"We have detected your API key as {KEY}: 25 requests per day."}}'),
        says(f"not JSON, but {KEY}"),
    ],
)
def test_a_key_is_never_shown(
    fakes: FakeProviders, name: str, fault: Fault, caplog: pytest.LogCaptureFixture
) -> None:
    fakes.then(name, *[fault] * 4)
    with caplog.at_level(logging.DEBUG), pytest.raises(ProviderError) as caught:
        ask(adapter(fakes, name))
    assert "urllib3.connectionpool" in {record.name for record in caplog.records}
    shown = caplog.text + "".join(traceback.format_exception(caught.value))
    assert "sesame" not in shown


@pytest.mark.parametrize(
    ("name", "key", "words"),
    [
        ("fred", "bad", "The value for variable api_key is not registered"),
        ("polygon", "bad", "HTTP 401: Unknown API Key"),
        ("polygon", None, "HTTP 401: Unknown API Key"),
        ("polygon", "poor", "HTTP 403: You are not entitled to this data"),
        ("alphavantage", "bad", "the parameter apikey is invalid or missing"),
    ],
)
def test_a_key_that_is_refused_is_no_limit(
    fakes: FakeProviders, name: str, key: str | None, words: str
) -> None:
    with pytest.raises(ProviderError, match=re.escape(words)) as caught:
        ask(adapter(fakes, name, key))
    assert not isinstance(caught.value, RateLimited)


def test_a_netrc_file_does_not_replace_the_key(
    fakes: FakeProviders, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login someone password else\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    ask(adapter(fakes, "polygon"))
    assert {r.headers["Authorization"] for r in fakes.requests("polygon")} == {f"Bearer {KEY}"}


# ── by hand ──────────────────────────────────────────────────────────────────────────────────────


def test_the_fakes_can_be_run_and_troubled_by_hand(tmp_path: Path) -> None:
    (tmp_path / "macro").mkdir()
    (tmp_path / "macro" / "fred_DGS10.csv").write_text("date,value\n2024-03-01,4.19\n2024-03-04,\n")
    command = [sys.executable, "-m", "tests.fakes", "--data", str(tmp_path), "--port", "0"]
    with subprocess.Popen(
        command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True, env=os.environ
    ) as fakes:
        assert fakes.stdout
        lines = [fakes.stdout.readline() for _ in range(6)]
        address = next(
            line.partition("=")[2].strip() for line in lines if line.startswith("PPA_FRED_BASE_URL")
        )
        csv = f"{address}/graph/fredgraph.csv?id=DGS10"
        assert requests.get(csv, timeout=120).text == "observation_date,DGS10\n2024-03-01,4.19\n2024-03-04,\n"
        control = address.replace("/fred", "/_control/fred")
        requests.post(f"{control}?fault=limit&retry_after=30", timeout=120).raise_for_status()
        limited = requests.get(csv, timeout=120)
        assert (limited.status_code, limited.headers["Retry-After"]) == (429, "30")
        assert requests.post(f"{control}?fault=meteor", timeout=120).status_code == 400
        fakes.send_signal(signal.SIGINT)
        assert fakes.wait(timeout=120) == 0
