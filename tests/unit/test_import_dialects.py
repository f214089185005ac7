"""Price files in many dialects are read as the same bars, or rejected with a reason."""

import gzip
import io
import json
import zipfile
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ppa.core.errors import BadInput
from ppa.importing import FileRefused, Gap, ReadBars, ReadOptions, read_bars, to_observations

NOW = datetime(2024, 6, 1, tzinfo=UTC)
BAR = ",100,103,99,101,5"
HEADER = "time,open,high,low,close,volume\n"


def read(data: str | bytes, *, columns=None, time_zone=None, now=NOW) -> ReadBars:
    raw = data.encode() if isinstance(data, str) else data
    return read_bars(io.BytesIO(raw), ReadOptions("mine.csv", now, tuple(columns or ()), time_zone))


def zipped(files: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return packed.getvalue()


def utc(text: str) -> pd.Timestamp:
    return pd.Timestamp(text, tz="UTC")


def bars_of(*rows: tuple, columns=("open", "high", "low", "close", "volume")) -> pd.DataFrame:
    index = pd.DatetimeIndex([utc(row[0]) for row in rows], name="ts").as_unit("us")
    return pd.DataFrame([row[1:] for row in rows], index=index, columns=list(columns), dtype="float64")


TWO = bars_of(("2024-01-31 23:00", 100, 103, 99, 101, 5), ("2024-02-01 00:00", 101, 104, 100, 102, 6))

DIALECTS = {
    "epoch seconds": HEADER + "1706742000,100,103,99,101,5\n1706745600,101,104,100,102,6\n",
    "epoch milliseconds": "ts,o,h,l,c,v\n1706742000000,100,103,99,101,5\n1706745600000,101,104,100,102,6\n",
    "epoch microseconds": (
        "Open time,Open,High,Low,Close,Volume,Close time,Quote asset volume,Number of trades,"
        "Taker buy base asset volume,Taker buy quote asset volume,Ignore\n"
        "1706742000000000,100,103,99,101,5,1706745599999999,505,9,1,100,0\n"
        "1706745600000000,101,104,100,102,6,1706749199999999,612,9,1,100,0\n"
    ),
    "epoch nanoseconds": HEADER
    + "1706742000000000000,100,103,99,101,5\n1706745600000000000,101,104,100,102,6\n",
    "epoch with decimals": HEADER + "1706742000.0,100,103,99,101,5\n1.7067456e9,101,104,100,102,6\n",
    "seconds and milliseconds mixed": (
        "https://www.CryptoDataDownload.com\n"
        "unix,date,symbol,open,high,low,close,Volume BTC,Volume USD\n"
        "1706745600000,2024-02-01 00:00:00,BTC/USD,101,104,100,102,6,612\n"
        "1706742000,2024-01-31 23:00:00,BTC/USD,100,103,99,101,5,505\n"
    ),
    "12-AM": (
        "Date UTC;Symbol;Open;High;Low;Close;Volume\n"
        "2024-01-31 11-PM;BTCUSD;100;103;99;101;5\n2024-02-01 12-AM;BTCUSD;101;104;100;102;6\n"
    ),
    "AM and PM with minutes": (
        "datetime (UTC),OPEN,HIGH,LOW,CLOSE,VOL\n"
        "2024/01/31 11:00 PM,100,103,99,101,5\n2024/02/01 12:00:00 am,101,104,100,102,6\n"
    ),
    "ISO with Z": HEADER
    + "2024-01-31T23:00:00Z,100,103,99,101,5\n2024-02-01T00:00:00.000Z,101,104,100,102,6\n",
    "ISO with offsets": (
        HEADER + "2024-02-01T00:00:00+01:00,100,103,99,101,5\n2024-01-31 18:30:00-0530,101,104,100,102,6\n"
    ),
    "Dukascopy": (
        "Gmt time,Open,High,Low,Close,Volume\n"
        "31.01.2024 23:00:00.000,100,103,99,101,5\n01.02.2024 00:00:00.000,101,104,100,102,6\n"
    ),
    "MetaTrader with a zone": (
        "<DATE>\t<TIME UTC>\t<OPEN>\t<HIGH>\t<LOW>\t<CLOSE>\t<TICKVOL>\t<VOL>\t<SPREAD>\n"
        "2024.01.31\t23:00:00\t100\t103\t99\t101\t77\t5\t0\n2024.02.01\t00:00:00\t101\t104\t100\t102\t77\t6\t0\n"
    ),
    "numbered headings": (
        "timestamp utc,1. open,2. high,3. low,4. close,5. volume\n"
        "2024-01-31 23:00,100,103,99,101,5\n2024-02-01 00:00,101,104,100,102,6\n"
    ),
    "camel case, newest first, coins second": (
        "openTime,closePrice,openPrice,highPrice,lowPrice,quoteVolume,baseVolume\n"
        "1706745600,102,101,104,100,612,6\n1706742000,101,100,103,99,505,5\n"
    ),
    "quoted, blank lines, remarks, CRLF": (
        '# from me\r\n\r\n"Time","Open","High","Low","Close","Volume"\r\n'
        '"1706742000","100","103","99","101","5"\r\n# halfway\r\n \r\n1706745600, 101 ,104,100,102,6\r\n\r\n'
    ),
    "header as a remark": "# time,open,high,low,close,volume\n1706742000,100,103,99,101,5\n"
    "1706745600,101,104,100,102,6",
    "titles with commas above": "Bars of mine, all of 2024\nsep=,\n"
    + HEADER
    + "1706742000,100,103,99,101,5\n"
    "1706745600,101,104,100,102,6",
    "adjusted close beside the close": (
        "Datetime,Open,High,Low,Close,Adj Close,Volume\n"
        "2024-01-31 23:00:00+00:00,100,103,99,101,50,5\n2024-02-01 00:00:00+00:00,101,104,100,102,51,6\n"
    ),
    "carriage returns only": (
        "time|open|high|low|close|volume\r1706742000|100|103|99|101|5\r1706745600|101|104|100|102|6"
    ),
}


@pytest.mark.parametrize("data", DIALECTS.values(), ids=DIALECTS.keys())
def test_a_dialect_is_read_as_the_same_two_bars(data):
    pd.testing.assert_frame_equal(read(data).bars, TWO, check_freq=False)


@pytest.mark.parametrize(
    "pack",
    [gzip.compress, lambda raw: b"\xef\xbb\xbf" + raw, lambda raw: raw.decode().encode("utf-16")],
    ids=["gzip", "byte order mark", "UTF-16"],
)
def test_the_wrapping_does_not_matter(pack):
    packed = pack(DIALECTS["epoch seconds"].encode())
    pd.testing.assert_frame_equal(read(packed).bars, TWO, check_freq=False)


def test_a_file_on_disk_is_told_by_its_bytes_and_not_by_its_name(tmp_path):
    path = tmp_path / "bars.csv"
    path.write_bytes(gzip.compress(DIALECTS["epoch seconds"].encode()))
    result = read_bars(path, ReadOptions(path.name, NOW))
    pd.testing.assert_frame_equal(result.bars, TWO, check_freq=False)
    assert result.understanding.packed == "gzip"


@pytest.mark.parametrize("above", ["", "https://www.example.org\n", "# mine\n", "t,o,x,h,l,c,vol\n"])
def test_columns_stand_in_for_the_header(above):
    rows = "1706742000,100,-,103,99,101,5\n1706745600,101,-,104,100,102,6\n"
    names = ["ts", "open", "skip", "high", "low", "close", "volume"]
    result = read(above + rows, columns=names)
    pd.testing.assert_frame_equal(result.bars, TWO, check_freq=False)
    assert result.understanding.unused == ("skip",)


@pytest.mark.parametrize("zone", ["Europe/Berlin", "UTC", "utc"])
def test_naive_times_are_taken_in_the_zone_asked_for(zone):
    result = read(HEADER + f"2024-01-31 23:00{BAR}\n2024-02-01 00:00{BAR}\n", time_zone=zone)
    hours = 1 if zone == "Europe/Berlin" else 0
    assert list(result.bars.index) == [ts - timedelta(hours=hours) for ts in TWO.index]
    assert zone in result.understanding.time_zone


@pytest.mark.parametrize("newest_first", [False, True])
def test_the_hour_that_happens_twice_is_told_by_the_order_of_the_file(newest_first):
    clock = ["01:00", "01:30", "02:00", "02:30", "02:00", "02:30", "03:00", "03:30"]
    rows = [f"2023-10-29 {time},{i},{i},{i},{i},1" for i, time in enumerate(clock, start=1)]
    result = read(HEADER + "\n".join(rows[::-1] if newest_first else rows), time_zone="Europe/Berlin")
    expected = pd.date_range("2023-10-28 23:00", periods=4, freq="h", tz="UTC")
    assert list(result.bars.index) == list(expected)
    assert list(result.bars["open"]) == [1, 3, 5, 7]


def test_minutes_become_hours_and_the_cut_ends_are_left_out():
    def minute(time: str, price: float, volume: float = 1) -> str:
        return f"2024-01-01T{time}Z,{price},{price + 2},{price - 2},{price + 1},{volume}\n"

    head = minute("09:59", 120)
    first = (
        minute("10:00", 100, 0.5) + minute("10:01", 110) + minute("10:02", 90) + minute("10:58", 105, 0.25)
    )
    third = minute("12:30", 200) + minute("12:59", 201)
    tail = minute("13:00", 300) + minute("13:01", 301)
    result = read(HEADER + head + first + third + tail)
    expected = bars_of(
        ("2024-01-01 10:00", 100, 112, 88, 106, 2.75), ("2024-01-01 12:00", 200, 203, 198, 202, 2)
    )
    pd.testing.assert_frame_equal(result.bars, expected, check_freq=False)
    report = result.understanding
    assert report.bar_minutes == 1
    assert report.cut == (utc("2024-01-01 09:00"), utc("2024-01-01 13:00"))
    assert report.gaps == (Gap(utc("2024-01-01 11:00"), utc("2024-01-01 12:00")),)


@pytest.mark.parametrize("size", [5, 15, 30])
def test_other_parts_of_an_hour_are_read_too(size):
    opens = pd.date_range("2024-01-01", periods=3 * 60 // size, freq=f"{size}min", tz="UTC")
    rows = "".join(f"{ts.isoformat()}{BAR}\n" for ts in opens)
    result = read(HEADER + rows)
    assert result.understanding.bar_minutes == size
    assert list(result.bars["volume"]) == [5 * 60 / size] * 3
    assert result.understanding.cut == ()


def test_vwap_is_weighted_by_volume_and_left_out_where_nothing_was_traded():
    rows = [
        ("10:00", 100, 1),
        ("10:30", 104, 3),
        ("11:00", 0, 0),
        ("11:30", 100, 2),
        ("12:00", 0, 0),
        ("12:30", 0, 0),
    ]
    lines = [f"2024-01-01T{time}Z,100,110,90,100,{volume},{vwap}" for time, vwap, volume in rows]
    result = read("time,open,high,low,close,volume,vwap\n" + "\n".join(lines))
    np.testing.assert_array_equal(result.bars["vwap"], [103, 100, np.nan])


def test_the_vwap_of_an_hourly_bar_is_kept_as_stated_even_without_a_volume():
    result = read(
        "time,open,high,low,close,Weighted_Price\n1706742000,1,3,1,2,1.75\n1706745600,1,3,1,2,1.5\n"
    )
    assert list(result.bars["vwap"]) == [1.75, 1.5]
    assert result.bars["volume"].isna().all()


def test_an_hour_with_a_volume_missing_has_none():
    rows = "2024-01-01T10:00Z,1,1,1,1,5\n2024-01-01T10:30Z,1,1,1,1,\n2024-01-01T11:00Z,1,1,1,1,2\n"
    result = read(HEADER + rows + "2024-01-01T11:30Z,1,1,1,1,3\n")
    np.testing.assert_array_equal(result.bars["volume"], [np.nan, 5])


def test_swapped_volume_headings_are_told_by_the_close_row_by_row():
    rows = [(5, 500), (500, 5), (0.01, 0.0), (600, 6), (0, 0), (7, 700)]
    lines = [f"{1706742000 + 3600 * i},100,103,99,100,{a},{b}" for i, (a, b) in enumerate(rows)]
    result = read("time,open,high,low,close,Volume BTC,Volume USD\n" + "\n".join(lines))
    assert list(result.bars["volume"]) == [5, 5, 0, 6, 0, 7]
    assert "3 of 6 rows (lines 3 to 5)" in " ".join(result.understanding.notes)


def test_a_coin_worth_about_a_dollar_is_taken_by_its_headings():
    result = read(
        "time,open,high,low,close,volume usdt,volume ada\n1706742000,1,1,1,1,9,8\n1706745600,1,1,1,1,7,6"
    )
    assert list(result.bars["volume"]) == [8, 6]


def test_a_volume_in_money_only_is_left_empty_and_said():
    result = read("time,open,high,low,close,Volume USD\n1706742000,1,1,1,1,9\n1706745600,1,1,1,1,9\n")
    assert result.bars["volume"].isna().all()
    assert "'Volume USD' is in money" in result.understanding.notes[0]


def test_a_written_time_that_is_not_the_epoch_is_reported():
    rows = "1706742000,2024-01-31 23:00:00,1,1,1,1\n1706745600,2024-02-01 03:00:00,1,1,1,1\n"
    notes = read("unix,date,open,high,low,close\n" + rows).understanding.notes
    assert "'date' differs from 'unix' in 1 of the first 2 rows, first in line 3" in notes[0]


def test_a_date_and_a_time_of_day_beside_the_epoch_are_not_held_against_it():
    rows = "1706742000,2024-01-31,23:00,1,1,1,1,1\n1706745600,2024-02-01,00:00,1,1,1,1,1\n"
    assert read("unix,date,time,open,high,low,close,volume\n" + rows).understanding.notes == ()


def test_rows_without_prices_are_minutes_without_trades():
    rows = "1706742000,1,1,1,1,1\n1706743800,NaN,NaN,NaN,NaN,NaN\n1706744700,1,1,1,1,1\n1706742900,1,1,1,1,1"
    result = read(HEADER + rows)
    assert (result.understanding.empty, result.understanding.rows, list(result.bars["volume"])) == (1, 4, [3])


def test_identical_rows_count_once_and_one_impossible_bar_is_kept_out():
    rows = [
        "1706742000,100,103,99,101,5",
        "1706742000,100.0,103,99,101,5",
        "1706745600,100,98,99,99,5",
        "1706756400,103.00000000001,103,99,98.99999999999,5",
    ]
    result = read(HEADER + "\n".join(rows) + f"\n1706760000{BAR}\n")
    report = result.understanding
    assert (report.rows, report.hours, report.duplicates, report.impossible) == (5, 3, 1, (4,))
    assert report.gaps == (Gap(utc("2024-02-01 00:00"), utc("2024-02-01 03:00")),)
    assert report.gap_hours == 3


@pytest.mark.parametrize(("good", "wrong"), [(40, 1), (200, 2), (199, 2), (40, 2)])
def test_more_than_one_bar_in_a_hundred_that_is_impossible_is_refused(good, wrong):
    rows = "".join(
        f"{1706742000 + 3600 * i}{BAR if i >= wrong else ',100,98,99,99,5'}\n" for i in range(good + wrong)
    )
    if wrong <= max(1, (good + wrong) / 100):
        assert len(read(HEADER + rows).bars) == good
        return
    with pytest.raises(
        FileRefused, match=f"line 2: the high is below the low, .* in {wrong} of {good + wrong} bars"
    ):
        read(HEADER + rows)


def test_the_report_reads_as_sentences_and_survives_json():
    rows = "\n".join(f"{1706742000 + 7200 * i}{BAR}\n{1706742000 + 7200 * i + 3600}{BAR}" for i in range(2))
    late = "\n".join(f"{1706742000 + 86400 * i + hour}{BAR}" for i in range(1, 14) for hour in (0, 3600))
    report = read(gzip.compress(f"# mine\n{HEADER}{rows}\n{rows}\n{late}".encode()), now=NOW).understanding
    text = "\n".join(report.lines())
    for part in (
        "gzip",
        "unordered",
        "'close'",
        "epoch seconds",
        "1 line above the header skipped",
        "4 identical rows",
    ):
        assert part in text
    assert "13 gaps: 2024-02-01 03:00 UTC to 2024-02-01 23:00 UTC" in text
    as_json = json.loads(json.dumps(report.to_dict()))
    assert as_json["gaps"]["count"] == 13
    assert len(as_json["gaps"]["first"]) == 10
    assert as_json["gaps"]["first"][0] == {
        "from": "2024-02-01T03:00:00+00:00",
        "to": "2024-02-01T23:00:00+00:00",
        "hours": 20,
    }
    assert as_json["columns"]["time"] == "time"


GOOD = f"1706742000{BAR}\n1706745600{BAR}\n"
REFUSED = {
    "empty": ("", "is empty"),
    "blank": (" \n\n", "is empty"),
    "header only": (HEADER, "but no price bars"),
    "remarks only": ("# a\nhttps://example.org\n", "only comments"),
    "one bar": (HEADER + f"1706742000{BAR}", "fewer than two bars"),
    "all rows empty": (HEADER + "1706742000,,,,,\n1706745600,,,,,\n", "fewer than two bars"),
    "binary": (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "line 2: .* is not text"),
    "a null byte": (
        (HEADER + GOOD).encode() + b"17067\x0049200,1,1,1,1,1\n",
        r"line 4: '.x0049200,1,1,1' is not",
    ),
    "Excel": (
        zipped({"[Content_Types].xml": b"", "xl/workbook.xml": b""}),
        "Excel workbook: save the sheet as CSV",
    ),
    "old Excel": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(40), "Excel workbook"),
    "a damaged zip": (b"PK\x03\x04" + bytes(40), "truncated or damaged zip"),
    "two files in a zip": (
        zipped({"a.csv": b"1", "b.csv": b"2"}),
        "holds 2 files .'a.csv', 'b.csv'.: unpack it",
    ),
    "not UTF-16": (b"\xff\xfea", "UTF-16"),
    "truncated gzip": (gzip.compress((HEADER + GOOD).encode())[:-12], "truncated or damaged gzip"),
    "damaged gzip": (gzip.compress((HEADER + GOOD).encode())[:-6] + b"123456", "truncated or damaged gzip"),
    "no header": (GOOD, r"line 1: there is no header above the first row '1706742000,100.*--columns"),
    "no close": (
        "time,open,high,low\n1706742000,1,1,1\n",
        "no close column; its columns are 'time', 'open', 'high', 'low'",
    ),
    "no time, no open": ("a,high,low,close\n1,1,1,1\n", "no time and no open column"),
    "two closes": (
        "time,open,high,low,Close USD,Close (USD)\n1706742000,1,1,1,1,1\n",
        "more than one column for close: 'Close USD' and 'Close .USD.'",
    ),
    "a number": (
        HEADER + GOOD + "# x\n1706749200,100,103,abc,101,5\n",
        "line 5: column 'low' holds 'abc', .* not a number",
    ),
    "an infinite number": (
        HEADER + GOOD + "1706749200,100,inf,99,101,5\n",
        "line 4: column 'high' holds 'inf'",
    ),
    "a missing price": (
        HEADER + GOOD + "1706749200,100,,99,101,5\n",
        "line 4: column 'high' holds '', but a price",
    ),
    "a zero price": (
        HEADER + GOOD + "1706749200,100,103,0,101,5\n",
        "line 4: column 'low' holds '0', .* above zero",
    ),
    "a negative price": (HEADER + GOOD + "1706749200,-1,103,99,101,5\n", "line 4: column 'open' holds '-1'"),
    "a negative volume": (HEADER + GOOD + "1706749200,1,1,1,1,-5\n", "line 4: column 'volume' holds '-5'"),
    "a negative vwap": (
        "ts,o,h,l,c,vw\n"
        + "".join(f"{1706742000 + 3600 * i},1,1,1,1,{1 if i else -5}\n" for i in range(150)),
        "line 2: column 'vw' holds '-5'",
    ),
    "a time": (
        HEADER + GOOD + f"yesterday{BAR}\n",
        "line 4: column 'time' holds 'yesterday', which is not a time",
    ),
    "no time": (HEADER + GOOD + f"nan{BAR}\n", "line 4: column 'time' holds '', which is not a time"),
    "a small epoch": (HEADER + GOOD + f"1706749{BAR}\n", "line 4: column 'time' holds '1706749'"),
    "a huge epoch": (HEADER + GOOD + f"1e30{BAR}\n", "line 4: column 'time' holds '1e30'"),
    "the 30th of February": (
        HEADER + f"2024-02-28T00:00Z{BAR}\n2024-02-30T00:00Z{BAR}",
        "line 3: column 'time'",
    ),
    "the 13th month": (HEADER + f"2024-13-01T00:00Z{BAR}", "line 2: column 'time' holds '2024-13-01T00:00Z'"),
    "the 25th hour": (HEADER + f"2024-02-01T25:00Z{BAR}", "line 2: column 'time'"),
    "13 PM": (HEADER + f"2024-02-01 13-PM UTC{BAR}", "line 2: column 'time'"),
    "the year 0": (HEADER + f"0000-02-01T00:00Z{BAR}", "line 2: column 'time'"),
    "month first or day first": (
        HEADER + f"02/01/2024 10:00{BAR}",
        "line 2: column 'time' .*can be day first or month first, .* pass --dates day-first or month-first",
    ),
    "day first, and then month first": (
        HEADER + f"13/01/2024 10:00{BAR}\n01/14/2024 11:00{BAR}",
        "line 3: column 'time' holds '01/14/2024 11:00', which is no date with the day first",
    ),
    "a time without a zone": (
        f"Date,open,high,low,close,v\n2024-02-01 10:00{BAR}",
        "line 2: the time zone of column 'Date' cannot be determined from '2024-02-01 10:00': pass --time-zone",
    ),
    "one time without a zone": (
        HEADER + f"2024-02-01 10:00Z{BAR}\n2024-02-01 11:00{BAR}",
        "line 3: the time zone",
    ),
    "a bar far ahead": (HEADER + GOOD + f"2706749200{BAR}\n", "line 4: the bar of 2055-10-10 .* future"),
    "too few fields": (
        HEADER + GOOD + "1706749200,100,103\n",
        "line 4: the number of fields is 3, not 6: '1706749200,100,103'",
    ),
    "too many fields": (HEADER + f"# x\n\n1706742000{BAR},7\n", "line 4: the number of fields is 7, not 6"),
    "an open quote": (HEADER + GOOD + f'"1706749200{BAR}\n', "line 4: a quote is not closed"),
    "a line without end": (
        HEADER + GOOD + "1" * (3 << 20),
        "line 4: the number of fields is 1, not 6: '1{120}…'; correct or delete the line",
    ),
    "a field without end": (HEADER + GOOD + f"{'1' * (3 << 20)}{BAR}", "line 4: the line is too long"),
    "an open last quote": (
        HEADER + '1706742000,1,1,1,1,"5\n1706745600,1,1,1,1,5',
        "line 2: a quote is not closed",
    ),
    "two bars of one hour": (
        HEADER + GOOD + "1706742000,100,103,99,102,5\n",
        "line 4: the bar of 2024-01-31 23:00 UTC differs from line 2",
    ),
    "daily bars": (
        HEADER + f"1706745600{BAR}\n1706832000{BAR}\n",
        "line 3: bars are 1 day apart: export hourly bars",
    ),
    "days without hours": (
        HEADER + f"2024-01-01{BAR}\n2024-01-02{BAR}\n",
        "line 3: column 'time' holds '2024-01-02', so the bars are a day or more apart",
    ),
    "one day for many hours": (
        HEADER + f"2024-01-01{BAR}\n2024-01-01{BAR}\n",
        "line 3: column 'time' holds '2024-01-01', a date that other rows have too, without the hour",
    ),
    "irregular bars": (HEADER + f"1706742000{BAR}\n1706742007{BAR}\n", "line 3: bars are 7 seconds apart"),
    "seven minutes": (HEADER + f"1706742000{BAR}\n1706742420{BAR}\n", "line 3: bars are 7 minutes apart"),
    "a bar off the hour": (
        HEADER + GOOD + f"1706749200{BAR}\n1706751000{BAR}\n1706756400{BAR}\n",
        "line 5: the bar of 2024-02-01 01:30 UTC is not on the 60-minute grid",
    ),
    "a part of an hour": (HEADER + f"1706743800{BAR}\n1706743860{BAR}\n", "no complete hour"),
}


@pytest.mark.parametrize(("data", "message"), REFUSED.values(), ids=REFUSED.keys())
def test_what_cannot_be_read_is_refused_with_its_place(data, message):
    with pytest.raises(FileRefused, match=f"(?s)^mine.csv.*{message}") as refused:
        read(data)
    assert isinstance(refused.value, BadInput)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("rows", "zone", "message"),
    [
        ("2024-01-31 23:00,2024-02-01 00:00", "Mars/Olympus", "there is no time zone 'Mars/Olympus'"),
        ("2024-01-31 23:00,2024-02-01 00:00", "../etc/passwd", "there is no time zone"),
        (
            "2024-03-31 01:00,2024-03-31 02:00",
            "Europe/Berlin",
            "line 3: .* does not exist in Europe/Berlin",
        ),
        ("2023-10-29 01:00,2023-10-29 02:00", "Europe/Berlin", "line 3: .* occurs twice in Europe/Berlin"),
    ],
)
def test_times_that_a_zone_does_not_have_are_refused(rows, zone, message):
    text = HEADER + "".join(f"{time}{BAR}\n" for time in rows.split(","))
    with pytest.raises(FileRefused, match=message):
        read(text, time_zone=zone)


def test_columns_must_be_as_many_as_the_fields():
    with pytest.raises(FileRefused, match=r"line 1: the number of fields is 6, but --columns names 5"):
        read(GOOD, columns=["time", "open", "high", "low", "close"])


@pytest.mark.parametrize(("minute", "kept"), [(59, 1), (60, 2)])
def test_the_last_bar_is_left_out_until_it_has_closed(minute, kept):
    now = datetime(2024, 2, 1, tzinfo=UTC) + timedelta(minutes=minute)
    result = read(HEADER + GOOD, now=now)
    assert len(result.bars) == kept
    running = "the bar of 2024-02-01 00:00 UTC is still open and was left out"
    assert (running in result.understanding.notes) == (kept == 1)


def test_a_minute_that_is_still_open_takes_its_hour_with_it():
    rows = "".join(f"{1706742000 + 60 * i}{BAR}\n" for i in range(100))
    result = read(HEADER + rows, now=datetime(2024, 2, 1, 0, 39, 30, tzinfo=UTC))
    assert list(result.bars.index) == [utc("2024-01-31 23:00")]


@pytest.mark.parametrize("path", [Path("no/such/file.csv"), Path("/")])
def test_a_path_that_is_no_file_is_refused(path):
    with pytest.raises(FileRefused, match="mine cannot be opened: "):
        read_bars(path, ReadOptions("mine", NOW))


def test_a_file_that_unpacks_without_end_is_refused(monkeypatch):
    monkeypatch.setattr("ppa.importing.files.MAX_BYTES", 1 << 20)
    with pytest.raises(FileRefused, match="exceeds 1 MiB"):
        read(gzip.compress(b"0" * (2 << 20)))


def test_observations_are_one_row_a_value_without_the_unknown():
    bars = TWO.assign(volume=[np.nan, 6.0])
    long = to_observations(bars, "btc_usd", "csv:mine.csv")
    assert list(long.columns) == ["series", "event_time", "known_at", "value", "source"]
    assert str(long["event_time"].dtype) == str(long["known_at"].dtype) == "datetime64[us, UTC]"
    assert long["known_at"].isna().all()
    assert set(long["source"]) == {"csv:mine.csv"}
    wide = long.pivot_table(index="event_time", columns="series", values="value")
    assert set(wide) == {f"btc_usd_{field}" for field in bars}
    assert len(long) == 9
    assert wide.loc[utc("2024-01-31 23:00"), "btc_usd_high"] == 103


@st.composite
def hourly_bars(draw) -> pd.DataFrame:
    """Bars of a market: prices of one bar within a tenth of those of the others, and some volume."""
    hours = sorted(draw(st.sets(st.integers(0, 60), min_size=1, max_size=15)))
    hours += range(hours[-1] + 1, hours[-1] + 1 + len(hours))
    scale = draw(st.sampled_from([1e-5, 0.5, 30.0, 65_000.0, 9e6]))
    price = st.floats(0.9, 1.1).map(lambda part: part * scale)
    rows = []
    for hour in hours:
        low, *inner, high = sorted(draw(st.lists(price, min_size=4, max_size=4)))
        opened, close = draw(st.permutations(inner))
        when = utc("2024-02-20") + timedelta(hours=hour)
        rows.append((when, opened, high, low, close, draw(st.floats(1e-3, 1e6))))
    index = pd.DatetimeIndex([row[0] for row in rows], name="ts").as_unit("us")
    return pd.DataFrame(
        [row[1:] for row in rows], index=index, columns=["open", "high", "low", "close", "volume"]
    )


SPELLINGS = [
    ("time", "open", "high", "low", "close", "volume"),
    ("Timestamp", "Open", "High", "Low", "Close", "Volume BTC"),
    ("unix", "O", "H", "L", "C", "Vol."),
    ("Date (UTC)", "OPEN_PRICE", "HIGH_PRICE", "LOW_PRICE", "CLOSE_PRICE", "base volume"),
]
TIMES = {
    "s": lambda ts: str(int(ts.timestamp())),
    "ms": lambda ts: str(int(ts.timestamp()) * 1000),
    "us": lambda ts: str(int(ts.timestamp()) * 10**6),
    "iso": lambda ts: ts.isoformat(),
    "kolkata": lambda ts: str(ts.tz_convert("Asia/Kolkata")),
    "half": lambda ts: ts.strftime("%Y-%m-%d %I-%p") + " UTC",
}


@given(
    bars=hourly_bars(),
    spelling=st.sampled_from(SPELLINGS),
    time=st.sampled_from(sorted(TIMES)),
    delimiter=st.sampled_from(",;\t|"),
    order=st.sampled_from(["oldest", "newest", "shuffled"]),
    columns=st.permutations(range(6)),
    repeated=st.booleans(),
    packed=st.booleans(),
)
def test_the_same_bars_in_any_dialect_are_the_same_frame(
    bars, spelling, time, delimiter, order, columns, repeated, packed
):
    rows = [[TIMES[time](row.Index), *(repr(float(value)) for value in row[1:])] for row in bars.itertuples()]
    rows += rows[:2] if repeated else []
    rows = {"oldest": rows, "newest": rows[::-1], "shuffled": rows[1::2] + rows[::2]}[order]
    lines = [delimiter.join(row[i] for i in columns) for row in [list(spelling), *rows]]
    data = "\n".join(lines).encode()
    result = read(gzip.compress(data) if packed else data)
    pd.testing.assert_frame_equal(result.bars, bars, check_exact=True, check_freq=False)
    assert (
        result.understanding.gap_hours
        == (bars.index[-1] - bars.index[0]) // timedelta(hours=1) - len(bars) + 1
    )
    assert result.understanding.duplicates == (2 if repeated else 0)


@given(junk=st.binary(max_size=300))
def test_no_bytes_whatever_raise_anything_but_a_refusal(junk):
    for data in (junk, HEADER.encode() + junk, gzip.compress(junk), HEADER.encode() + GOOD.encode() + junk):
        with suppress(FileRefused):
            assert len(read(data).bars)


@given(text=st.lists(st.text("0123456789-:./,eTZ \"'NaPM+#\n", max_size=40), max_size=8))
def test_no_text_whatever_raises_anything_but_a_refusal(text):
    for data in ("\n".join(text), HEADER + "\n".join(text), HEADER + GOOD + f"{'x'.join(text)[:20]}{BAR}"):
        for zone in (None, "Europe/Berlin"):
            with suppress(FileRefused):
                assert len(read(data, time_zone=zone).bars)
