"""The files of ../shared/cases/import, shapes of public bug reports: each has its right values, or its refusal."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from ppa.importing import FileRefused, ReadOptions, read_bars

CASES = Path(__file__).parents[2].parent / "shared" / "cases" / "import"
# within the last hour of ccxt_running_candle.csv
NOW = datetime(2026, 11, 27, 2, 30, tzinfo=UTC)
BTC = {"supply": 2.1e7, "price_range": (1.0, 1e7)}

pytestmark = pytest.mark.skipif(not CASES.is_dir(), reason=f"there are no cases in {CASES}")

A = ("2024-01-02 00:00", 60, (40163.61, 40203.77, 40123.44, 40163.61), 37.5962, 39935.85)
B = ("2024-01-02 00:00", 60, (40126.02, 40166.15, 40085.9, 40126.02), 27.3147, 41534.95)
MINUTES = ("2020-03-01 00:00", 4, (39975.14, 40586.95, 39855.41, 40260.05), 1555.9117, 39147.59)
KLINES = ("2024-12-31 00:00", 48, (40085.45, 40125.54, 40045.36, 40085.45), 12.9509, 40831.42)
AUTUMN = ("2024-10-25 22:00", 50, (39999.2, 40039.2, 39959.2, 39999.2), 9.6987, 40559.31)
YAHOO_1 = ("2026-10-02 00:00", 60, (39955.21, 39995.16, 39915.25, 39955.21), None, 40062.18)
YAHOO_2 = ("2026-10-02 00:00", 60, (40008.57, 40048.58, 39968.56, 40008.57), None, 41019.32)


@dataclass(frozen=True)
class Case:
    """First hour, number of hours, prices and volume of the first hour, and the last close; and what must be said."""

    first: str
    hours: int
    prices: tuple[float, float, float, float]
    volume: float | None
    last: float
    zone: str | None = None
    note: str = ""


def but(case: tuple, hours: int | None = None, volume: float | None = None, **more: object) -> Case:
    """A case with another number of hours or another volume."""
    first, count, prices, traded, last = case
    return Case(first, hours or count, prices, traded if volume is None else volume, last, **more)


def silent(case: tuple, note: str, **more: object) -> Case:
    """A case whose volume is left empty, and why."""
    first, count, prices, _, last = case
    return Case(first, count, prices, None, last, note=note, **more)


READ = {
    "alphavantage_digital": but(A, zone="UTC"),
    "berlin_autumn_hourly": Case(
        "2021-10-29 00:00", 120, (60575.9, 61480.0, 60174.81, 61388.0), 2480.51447, 63219.99, "Europe/Berlin"
    ),
    "binance_header_in_the_middle_cat": but(KLINES, note="line 25 is a header and was skipped"),
    "binance_header_repeated_cat": but(KLINES, note="line 26 is a header and was skipped"),
    "binance_klines_no_header_no_columns": Case(*KLINES[:1], 24, *KLINES[2:4], 40318.75),
    "bitfinex_order_named_wrong_minutes": Case(
        "2024-03-01 00:00", 10, (39873.12, 39988.48, 39164.37, 39221.55), 1504.4007, 39531.68
    ),
    "ccxt_running_candle": Case(
        "2026-11-25 03:00",
        47,
        (40037.79, 40077.83, 39997.75, 40037.79),
        13.5698,
        40556.41,
        None,
        "the bar of 2026-11-27 02:00 UTC is still open and was left out",
    ),
    "cdd_new": but(A, note="1 line above the header skipped"),
    "cmc_hourly_only_timestamp_close": but(A, note="times are in the last second of each bar"),
    "coinapi_open_first": but(A),
    "coinbase_csv_order_lhoc": but(A),
    "coinmarketcap": silent(A, "so it is in money"),
    "databento_ohlcv": but(A),
    "date_as_yyyymmddhhmm": but(A, zone="UTC"),
    "dollar_sign": but(A),
    "dst_fall_dropped_dup": but(
        AUTUMN,
        49,
        zone="Europe/Berlin",
        note="2024-10-27 02:00 occurs twice in Europe/Berlin and once in the file",
    ),
    "dst_fall_naive_berlin": but(AUTUMN, zone="Europe/Berlin"),
    "dst_fall_naive_berlin_newest_first": but(AUTUMN, zone="Europe/Berlin"),
    "dst_fall_offsets_new_york": Case(
        "2024-11-02 04:00", 50, (40054.2, 40094.25, 40014.14, 40054.2), 41.9184, 40497.33
    ),
    "dukascopy_gmt": but(A),
    "excel_de_semicolon_decimal_comma": but(A, volume=37.6),
    "excel_de_time_en_heads": but(A, volume=37.6),
    "excel_serial_dates": but(A),
    "excel_us_slash_dates": Case(
        "2024-01-10 00:00", 100, (40043.48, 40083.53, 40003.44, 40043.48), 27.0019, 41016.17
    ),
    "footer_line": but(A, note="line 62 is no row of bars and was skipped: 'Data provided by Somebody'"),
    "histdata": Case("2024-01-02 05:00", 60, A[2], None, A[4], "Etc/GMT+5", "the volume is 0 in all rows"),
    "hourly_Europe_Berlin": Case("2024-10-25 22:00", 50, B[2], 25.7275, 40895.56, "Europe/Berlin"),
    "jesse_order_ochl_no_header": but(A),
    "kaggle_btc_minute_nan": but(MINUTES),
    "month_names": but(A),
    "mt4_no_header": silent(A, "counts ticks, as MetaTrader writes it", zone="UTC"),
    "mt5_tab_export": silent(A, "the volume is 0 in all rows", zone="UTC"),
    "negative_zero_volume_na": silent(A, "the volume has no number in any row"),
    "own_features_volume_sma": but(B),
    "pandas_rangeindex": but(A),
    "pandas_unnamed_index_utc": but(A),
    "phoenix_local_1500h": Case(
        "2023-04-01 00:00",
        1500,
        (28465.36, 28547.2, 28408.57, 28438.27),
        1524.81719,
        27130.75,
        "America/Phoenix",
    ),
    "polygon_246_low_0_06": but(B, 59),
    "polygon_flat_file": but(MINUTES),
    "polygon_rest_json_to_csv": but(A),
    "pysystemtrade_1529_x100_one_bar": but(B, 59),
    "sci_values": but(A, volume=37.6),
    "sierra_chart": but(B, zone="UTC"),
    "stooq": but(A, zone="UTC"),
    "tradingview_offset": Case("2024-01-01 23:00", *A[1:]),
    "tradingview_volume_ma": but(B),
    "trailing_delimiter_rows": but(A),
    "utc_heading_overridden": Case(
        "2024-01-02 00:00", 60, (40042.34, 40082.38, 40002.3, 40042.34), 39.0795, 40763.4
    ),
    "utf16_no_bom": but(A),
    "yahoo_volume_in_dollars": silent(YAHOO_2, "so it is in money"),
    "yfinance_flat": silent(YAHOO_1, "so it is in money"),
    "yfinance_multi_named": silent(YAHOO_2, "so it is in money"),
    "yfinance_multiindex": silent(YAHOO_1, "so it is in money"),
    "zero_price_row_outage": but(A, 59, note="all prices are 0 in line 12: left out"),
    "zero_volume": silent(A, "the volume is 0 in all rows though prices move"),
}
REFUSED = {
    "4h_bars": "line 3: bars are 4 hours apart: export hourly bars",
    "bid_ask_ohlc": "line 1: .*--columns open=bidopen,high=bidhigh,low=bidlow,close=bidclose",
    "close_only": "line 1: it holds one price an hour, not bars: .*import-series",
    "daily_bars": "line 3: .*the bars are a day or more apart: export hourly or minute bars",
    "duplicate_differs_last_revision": "line 62: .*differs from line 61: delete the wrong one of the two",
    "investing_com": "line 3: .*'01/02/2024', a date that other rows have too, without the hour: export",
    "price_in_wrong_unit_middle": "line 22: prices of lines 22 to 31 are 100 times .*divide them by 100",
    "trades_not_bars": "line 1: it holds trades, not bars: .*aggregate them",
}
ASKED = {
    "utc_heading_overridden": ({"time_zone": "America/New_York"}, "line 2: .*leave the option out"),
    "bitfinex_order_named_wrong_minutes": (
        {"columns": ("time", "open", "high", "low", "close", "volume")},
        "line 2: .*--columns time,open,close,high,low,volume",
    ),
}
FINDINGS = {"polygon_246_low_0_06": "line 9: ", "pysystemtrade_1529_x100_one_bar": "line 32: "}


def test_every_case_is_in_a_table():
    assert {path.stem for path in CASES.glob("*.csv")} <= {*READ, *REFUSED}


@pytest.mark.parametrize("name", READ)
def test_a_case_is_read_rightly(name):
    case, path = READ[name], CASES / f"{name}.csv"
    result = read_bars(path, ReadOptions(path.name, NOW, time_zone=case.zone, **BTC))
    bars, first = result.bars, result.bars.iloc[0]
    assert (f"{bars.index[0]:%Y-%m-%d %H:%M}", len(bars)) == (case.first, case.hours)
    assert tuple(first[["open", "high", "low", "close"]]) == case.prices
    assert bars["close"].iloc[-1] == case.last
    if case.volume is None:
        assert bars["volume"].isna().all()
    else:
        assert first["volume"] == pytest.approx(case.volume, rel=1e-12)
        assert np.isfinite(bars["volume"]).all()
    assert case.note in " ".join(result.understanding.notes)
    sentences = " ".join(finding.sentence for finding in result.findings)
    assert FINDINGS.get(name, "") in sentences
    assert bool(sentences) == (name in FINDINGS)


@pytest.mark.parametrize("name", [name for name in READ if READ[name].zone])
def test_a_case_without_a_zone_asks_for_it(name):
    path = CASES / f"{name}.csv"
    with pytest.raises(
        FileRefused, match=rf"{name}.csv, line [12]: the time zone of .* pass --time-zone with UTC"
    ):
        read_bars(path, ReadOptions(path.name, NOW, **BTC))


@pytest.mark.parametrize("name", REFUSED)
def test_a_case_that_cannot_be_read_says_where_and_what_to_do(name):
    path = CASES / f"{name}.csv"
    with pytest.raises(FileRefused, match=f"{name}.csv, {REFUSED[name]}"):
        read_bars(path, ReadOptions(path.name, NOW, **BTC))


@pytest.mark.parametrize("name", ASKED)
def test_a_case_that_contradicts_its_options_is_refused(name):
    options, message = ASKED[name]
    path = CASES / f"{name}.csv"
    with pytest.raises(FileRefused, match=message):
        read_bars(path, ReadOptions(path.name, NOW, **options, **BTC))
