"""Two real price files, compared with a simple and slow reading of their text."""

import csv
import gzip
import math
import time
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest

from ppa.importing import CsvError, ReadBars, ReadOptions, read_bars

DATA = Path(__file__).parents[2].parent / "shared" / "data" / "btc"
BITSTAMP = DATA / "bitstamp_btcusd_1h_2018-05_2022-08.csv.gz"
BITFINEX = DATA / "bitfinex_btcusd_1m_2019.csv.gz"
BITFINEX_COLUMNS = ("ts_ms", "open", "close", "high", "low", "volume")
NOW = datetime(2024, 1, 1, tzinfo=UTC)

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason=f"there is no real data in {DATA}")


@pytest.fixture(scope="module")
def bitstamp() -> ReadBars:
    return read_bars(BITSTAMP, ReadOptions("bitstamp", NOW))


@pytest.fixture(scope="module")
def bitfinex() -> ReadBars:
    return read_bars(BITFINEX, ReadOptions("bitfinex", NOW, BITFINEX_COLUMNS))


def day(bars: pd.DataFrame, date: str) -> pd.DataFrame:
    return bars.loc[bars.index.strftime("%Y-%m-%d") == date]


def test_bitstamp_is_whole(bitstamp):
    report = bitstamp.understanding
    assert (report.rows, report.hours, report.gaps, report.duplicates) == (37387, 37387, (), 0)
    assert (report.impossible, report.cut, report.empty, report.remarks) == ((), (), 0, 1)
    assert (report.order, report.bar_minutes, report.time_format) == ("newest first", 60, "epoch seconds")
    assert report.first == datetime(2018, 5, 15, 6, tzinfo=UTC)
    assert report.last == datetime(2022, 8, 20, tzinfo=UTC)
    grid = pd.date_range(report.first, report.last, freq="h", unit="us")
    assert bitstamp.bars.index.dtype == grid.dtype
    assert list(bitstamp.bars.index) == list(grid)


def test_bitstamp_has_the_prices_history_knows(bitstamp):
    assert bitstamp.bars["close"].min() == 3139.76
    assert day(bitstamp.bars, "2018-12-15")["close"].min() == 3139.76
    assert day(bitstamp.bars, "2021-11-10")["close"].max() == 68627.01


def test_bitstamp_volumes_are_coins_throughout_although_the_headings_are_swapped(bitstamp):
    volume = bitstamp.bars["volume"]
    assert volume[pd.Timestamp("2018-05-15 06:00", tz="UTC")] == 559.93
    assert volume[pd.Timestamp("2022-08-20 00:00", tz="UTC")] == 244.35412623
    # an hour of half a billion dollars would stand out among coins
    assert volume.max() < 20000
    assert volume.groupby(volume.index.year).median().between(20, 1000).all()
    assert any("'Volume BTC' and 'Volume USD' are swapped" in note for note in bitstamp.understanding.notes)


def test_bitstamp_rows_are_those_of_the_file(bitstamp):
    with gzip.open(BITSTAMP, "rt") as text:
        next(text)
        rows = list(csv.DictReader(text))
    for row in rows[::997]:
        bar = bitstamp.bars.loc[pd.Timestamp(int(row["unix"]), unit="s", tz="UTC")]
        assert [bar[price] for price in ("open", "high", "low", "close")] == [
            float(row[price]) for price in ("open", "high", "low", "close")
        ]
        money, coins = sorted([float(row["Volume BTC"]), float(row["Volume USD"])], reverse=True)
        assert bar["volume"] == (coins if money else 0)


def test_bitfinex_is_whole_but_for_seven_hours(bitfinex):
    report = bitfinex.understanding
    assert (report.rows, report.hours, report.bar_minutes) == (512727, 365 * 24 - 7, 1)
    assert (len(report.gaps), report.gap_hours) == (4, 7)
    assert (report.duplicates, report.impossible, report.cut) == (0, (), ())
    assert (report.header, report.time_format) == (False, "epoch milliseconds")
    assert report.first == datetime(2019, 1, 1, tzinfo=UTC)
    assert report.last == datetime(2019, 12, 31, 23, tzinfo=UTC)


def test_bitfinex_hours_are_those_a_slow_reading_makes(bitfinex):
    minutes = defaultdict(list)
    with gzip.open(BITFINEX, "rt") as text:
        for line in text:
            stamp, *values = line.split(",")
            minutes[int(stamp) // 3_600_000].append([float(value) for value in values])
    assert {int(ts.timestamp()) // 3600 for ts in bitfinex.bars.index} == set(minutes)
    for hour in sorted(minutes)[::61]:
        opened, close, high, low, volume = zip(*minutes[hour], strict=True)
        bar = bitfinex.bars.loc[pd.Timestamp(hour * 3600, unit="s", tz="UTC")]
        assert (bar["open"], bar["close"]) == (opened[0], close[-1])
        assert (bar["high"], bar["low"]) == (max(high), min(low))
        assert bar["volume"] == pytest.approx(math.fsum(volume), rel=1e-12)


def test_bitfinex_without_columns_is_refused_with_its_first_row():
    with pytest.raises(
        CsvError, match=r"line 1: there is no header above the first row '1546300800000,.*--columns"
    ):
        read_bars(BITFINEX, ReadOptions("bitfinex", NOW))


def test_one_bad_field_deep_in_half_a_million_rows_is_found(tmp_path):
    lines = gzip.decompress(BITFINEX.read_bytes()).splitlines()
    lines[400_000] = lines[400_000].rpartition(b",")[0] + b",oops"
    path = tmp_path / "bad.csv"
    path.write_bytes(b"\n".join(lines))
    with pytest.raises(CsvError, match="line 400001: column 'volume' holds 'oops'"):
        read_bars(path, ReadOptions("bad", NOW, BITFINEX_COLUMNS))


def test_a_year_of_minutes_takes_seconds():
    started = time.process_time()
    read_bars(BITFINEX, ReadOptions("bitfinex", NOW, BITFINEX_COLUMNS))
    assert time.process_time() - started < 10
