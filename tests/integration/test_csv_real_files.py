"""Two real price files, compared with a simple and slow reading of their text."""

import csv
import gzip
import math
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest

from ppa.importing import FileRefused, ReadBars, ReadOptions, read_bars

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
    assert (report.impossible, report.cut, report.empty) == ((), (), 0)
    assert "1 line above the header skipped" in report.notes
    assert bitstamp.findings == ()
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


def test_bitfinex_without_columns_is_read_by_its_values(bitfinex):
    result = read_bars(BITFINEX, ReadOptions("bitfinex", NOW))
    pd.testing.assert_frame_equal(result.bars, bitfinex.bars)
    assert not result.understanding.header
    roles = {choice.role: (choice.column, choice.reason) for choice in result.understanding.choices}
    assert roles["close"] == ("column 3", "its values: nearest to the next open")
    assert roles["high"] == ("column 4", "its values: the highest of the four prices")


def test_bitfinex_under_the_usual_names_is_refused_with_the_order_that_fits():
    wrong = ("time", "open", "high", "low", "close", "volume")
    with pytest.raises(
        FileRefused, match=r"the values fit the order .*--columns time,open,close,high,low,volume"
    ):
        read_bars(BITFINEX, ReadOptions("bitfinex", NOW, wrong))


def test_one_bad_field_deep_in_half_a_million_rows_is_found(tmp_path):
    lines = gzip.decompress(BITFINEX.read_bytes()).splitlines()
    lines[400_000] = lines[400_000].rpartition(b",")[0] + b",oops"
    path = tmp_path / "bad.csv"
    path.write_bytes(b"\n".join(lines))
    with pytest.raises(FileRefused, match="line 400001: column 'volume' holds 'oops'"):
        read_bars(path, ReadOptions("bad", NOW, BITFINEX_COLUMNS))
