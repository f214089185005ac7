"""Files as exchanges, terminals, spreadsheets and libraries write them: one market in many shapes."""

import bz2
import gzip
import io
import json
import lzma
import zipfile
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ppa.importing import FileRefused, ReadBars, ReadOptions, Shift, read_bars

NOW = datetime(2026, 11, 27, 2, 30, tzinfo=UTC)
FIELDS = ("open", "high", "low", "close", "volume")


def market(hours: int = 60, first: str = "2024-01-10", freq: str = "h") -> pd.DataFrame:
    """Bars of a walk, to two decimals."""
    rng = np.random.default_rng(7)
    close = np.round(40_000 * np.exp(rng.normal(0, 0.004, hours).cumsum()), 2)
    opened = np.append(40_000.0, close[:-1])
    high = np.round(np.maximum(opened, close) * (1 + rng.uniform(0.0003, 0.002, hours)), 2)
    low = np.round(np.minimum(opened, close) * (1 - rng.uniform(0.0003, 0.002, hours)), 2)
    index = pd.date_range(first, periods=hours, freq=freq, tz="UTC", unit="us", name="ts")
    volume = np.round(rng.uniform(1, 50, hours), 4)
    return pd.DataFrame(
        {"open": opened, "high": high, "low": low, "close": close, "volume": volume}, index=index
    )


BARS = market()


def read(data: bytes | str, **options: object) -> ReadBars:
    raw = data.encode() if isinstance(data, str) else data
    return read_bars(io.BytesIO(raw), ReadOptions("mine.csv", NOW, **options))


def rows(
    time: Callable[[pd.Timestamp], str],
    fields: Sequence[str] = FIELDS,
    sep: str = ",",
    number: Callable[[float], str] = repr,
    bars: pd.DataFrame = BARS,
) -> list[str]:
    """Lines of the bars: the time, and then the fields in an order."""
    return [sep.join([time(ts), *(number(float(bar[one])) for one in fields)]) for ts, bar in bars.iterrows()]


def text(*lines: Iterable[str] | str) -> str:
    return "\n".join(line for part in lines for line in ([part] if isinstance(part, str) else part)) + "\n"


def ms(ts: pd.Timestamp) -> str:
    return str(int(ts.timestamp() * 1000))


def seconds(ts: pd.Timestamp) -> str:
    return str(int(ts.timestamp()))


def written(form: str, zone: str = "UTC") -> Callable[[pd.Timestamp], str]:
    return lambda ts: ts.tz_convert(zone).strftime(form)


def comma(value: float) -> str:
    return f"{value:.4f}".rstrip("0").replace(".", ",")


def arrays(order: Sequence[str], unit: int = 1, newest_first: bool = False) -> list[list[float]]:
    listed = [
        [int(ts.timestamp()) * unit, *(float(bar[one]) for one in order)] for ts, bar in BARS.iterrows()
    ]
    return listed[::-1] if newest_first else listed


def strings(lists: list[list[float]]) -> list[list[object]]:
    return [[row[0], *map(str, row[1:])] for row in lists]


def objects(**names: str) -> list[dict[str, object]]:
    return [
        {"t": int(ts.timestamp()) * 1000, **{names[one]: bar[one] for one in FIELDS}}
        for ts, bar in BARS.iterrows()
    ]


def zipped(name: str, data: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(f"__MACOSX/._{name}", b"\0")
        archive.writestr(name, data)
    return packed.getvalue()


def table(frame: pd.DataFrame, kind: str) -> bytes:
    stream = io.BytesIO()
    getattr(frame, f"to_{kind}")(stream)
    return stream.getvalue()


PLAIN = text("time,open,high,low,close,volume", rows(ms))
HEADS = "open,high,low,close,volume"
KLINE = [
    f"{line},{int(ts.timestamp()) * 1000 + 3_599_999},{bar.volume * bar.close:.4f},12,{bar.volume / 2},"
    f"{bar.volume * bar.close / 2:.4f},0"
    for line, (ts, bar) in zip(rows(ms), BARS.iterrows(), strict=True)
]
KLINE_HEAD = "open_time,open,high,low,close,volume,close_time,quote_volume,count,taker_buy_volume,x,ignore"
SECOND = [line.replace("BTC", "ETH") for line in rows(ms, number=lambda value: repr(value / 16))]


def at_24(ts: pd.Timestamp) -> str:
    """A time whose midnight ends the day before."""
    before = ts - pd.Timedelta(days=1)
    return f"{before:%Y-%m-%d} 24:00" if ts.hour == 0 else f"{ts:%Y-%m-%d %H:%M}"


@dataclass(frozen=True)
class Shape:
    """A file, the options it needs, and fields whose values it does not have."""

    data: bytes | str
    options: dict[str, object] = field(default_factory=dict)
    without: tuple[str, ...] = ()


UTC_ZONE = {"time_zone": "UTC"}
MONTHS_DE = ["Jan", "Feb", "März", "Apr", "Mai", "Juni", "Juli", "Aug", "Sep", "Okt", "Nov", "Dez"]
SHAPES = {
    # packed
    "gzip": Shape(gzip.compress(PLAIN.encode())),
    "bzip2": Shape(bz2.compress(PLAIN.encode())),
    "xz": Shape(lzma.compress(PLAIN.encode())),
    "zip": Shape(zipped("BTCUSDT-1h.csv", PLAIN)),
    "UTF-16 without a mark": Shape(PLAIN.encode("utf-16-le")),
    "UTF-16, the other order": Shape(PLAIN.encode("utf-16-be")),
    # exchanges
    "Binance klines": Shape(text(KLINE)),
    "Binance klines, header in the middle": Shape(text(KLINE[:30], KLINE_HEAD, KLINE[30:])),
    "Binance klines, header at every month": Shape(text(KLINE_HEAD, KLINE[:9], KLINE_HEAD, KLINE[9:])),
    "Binance klines, microseconds in the second half": Shape(
        text(
            KLINE[:30],
            (f"{line.split(',')[0]}000,{line.split(',', 1)[1]}" for line in KLINE[30:]),
        )
    ),
    "Kraken": Shape(text(f"{line},17" for line in rows(seconds))),
    "Bitfinex, no header": Shape(text(rows(ms, ("open", "close", "high", "low", "volume")))),
    "Coinbase, no header, newest first": Shape(
        text(rows(seconds, ("low", "high", "open", "close", "volume"))[::-1])
    ),
    "Coinbase JSON": Shape(json.dumps(arrays(("low", "high", "open", "close", "volume"), newest_first=True))),
    "freqtrade JSON": Shape(json.dumps(arrays(FIELDS, 1000))),
    "OKX JSON": Shape(json.dumps({"code": "0", "data": strings(arrays(FIELDS, 1000, newest_first=True))})),
    "Kraken JSON": Shape(
        json.dumps({"error": [], "result": {"XXBTZUSD": strings(arrays(FIELDS)), "last": 5}})
    ),
    "Polygon JSON": Shape(
        json.dumps(
            {"ticker": "X:BTCUSD", "results": objects(open="o", high="h", low="l", close="c", volume="v")}
        )
    ),
    "Polygon flat file": Shape(
        text(
            "ticker,volume,open,close,high,low,window_start,transactions",
            (
                f"X:BTCUSD,{bar.volume},{bar.open},{bar.close},{bar.high},{bar.low},{int(ts.timestamp())}000000000,7"
                for ts, bar in BARS.iterrows()
            ),
        )
    ),
    "CryptoCompare JSON": Shape(
        json.dumps(
            {
                "Response": "Success",
                "Data": {
                    "TimeFrom": 1,
                    "Data": [
                        {
                            "time": row["t"] // 1000,
                            **{key: row[key] for key in ("high", "low", "open")},
                            "volumefrom": row["volume"],
                            "volumeto": row["volume"] * row["close"],
                            "close": row["close"],
                        }
                        for row in objects(**{one: one for one in FIELDS})
                    ],
                },
            }
        )
    ),
    "Alpha Vantage JSON": Shape(
        json.dumps(
            {
                "Meta Data": {"6. Last Refreshed": "2024-01-12", "9. Time Zone": "UTC"},
                "Time Series Crypto (60min)": {
                    ts.strftime("%Y-%m-%d %H:%M:%S"): {
                        f"{i}. {one}": str(bar[one]) for i, one in enumerate(FIELDS, start=1)
                    }
                    for ts, bar in BARS[::-1].iterrows()
                },
            }
        ),
        UTC_ZONE,
    ),
    "Yahoo's chart": Shape(
        json.dumps(
            {
                "t": [int(ts.timestamp()) for ts in BARS.index],
                **{one[0]: BARS[one].tolist() for one in FIELDS},
                "s": "ok",
            }
        )
    ),
    "Databento": Shape(
        text(
            f"ts_event,rtype,publisher_id,instrument_id,{HEADS},symbol",
            (
                f"{ts:%Y-%m-%dT%H:%M:%S}.000000000Z,34,1,5,{line},BTC"
                for ts, line in zip(BARS.index, (one.split(",", 1)[1] for one in rows(ms)), strict=True)
            ),
        )
    ),
    "stamps of the end alone": Shape(
        text(f"timestamp;{HEADS}".replace(",", ";"), rows(lambda ts: f"{ts:%Y-%m-%dT%H}:59:59.999Z", sep=";"))
    ),
    "close times": Shape(text(f"close_time,{HEADS}", rows(lambda ts: ms(ts + pd.Timedelta(hours=1))))),
    "first and last trade beside the period": Shape(
        text(
            f"time_open;time_period_start;{HEADS}".replace(",", ";"),
            rows(lambda ts: f"{ts:%Y-%m-%dT%H}:00:03.1234000Z;{ts:%Y-%m-%dT%H}:00:00.0000000Z", sep=";"),
        )
    ),
    "Yahoo's chart, nested": Shape(
        json.dumps(
            {
                "chart": {
                    "result": [
                        {
                            "meta": {"currency": "USD"},
                            "timestamp": [int(ts.timestamp()) for ts in BARS.index],
                            "indicators": {"quote": [{one: BARS[one].tolist() for one in FIELDS}]},
                        }
                    ],
                    "error": None,
                }
            }
        )
    ),
    "Bybit JSON": Shape(
        json.dumps({"retCode": 0, "result": {"list": strings(arrays(FIELDS, 1000, newest_first=True))}})
    ),
    # terminals
    "MetaTrader 4": Shape(
        text(
            rows(
                written("%Y.%m.%d,%H:%M"),
                number=lambda value: str(int(value)) if value < 60 else repr(value),
            )
        ),
        UTC_ZONE,
        ("volume",),
    ),
    "MetaTrader 5": Shape(
        text(
            "<DATE>\t<TIME>\t<OPEN>\t<HIGH>\t<LOW>\t<CLOSE>\t<TICKVOL>\t<VOL>\t<SPREAD>",
            (f"{line}\t77\t0\t120" for line in rows(written("%Y.%m.%d\t%H:%M:%S"), FIELDS[:4], "\t")),
        ),
        UTC_ZONE,
        ("volume",),
    ),
    "stooq": Shape(
        text(
            "<TICKER>,<PER>,<DATE>,<TIME>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<VOL>,<OPENINT>",
            (f"BTC.V,60,{line},0" for line in rows(written("%Y%m%d,%H%M%S"))),
        ),
        UTC_ZONE,
    ),
    "HistData": Shape(
        text(rows(written("%Y%m%d %H%M%S", "Etc/GMT+5"), (*FIELDS[:4],), ";")).replace("\n", ";0\n"),
        {"time_zone": "Etc/GMT+5"},
        ("volume",),
    ),
    "Sierra Chart": Shape(
        text(
            "Date, Time, Open, High, Low, Last, Volume, NumberOfTrades, BidVolume, AskVolume",
            (f"{line}, 99, 3.5, 1.25" for line in rows(written("%Y/%-m/%-d, %H:%M:%S.000000"), sep=", ")),
        ),
        UTC_ZONE,
    ),
    "Dukascopy, local time": Shape(
        text(
            "Local time,Open,High,Low,Close,Volume",
            rows(written("%d.%m.%Y %H:%M:%S.000 GMT+0100", "Europe/Berlin")),
        )
    ),
    "TradingView with a mean of the volume": Shape(
        text(
            "time,open,high,low,close,Volume MA,Volume",
            (
                f"{seconds(ts)},{bar.open},{bar.high},{bar.low},{bar.close},{mean},{bar.volume}"
                for (ts, bar), mean in zip(BARS.iterrows(), BARS["volume"].rolling(20).mean(), strict=True)
            ),
        )
    ),
    # spreadsheets
    "German Excel": Shape(
        text(
            "Zeit (UTC);Eröffnung;Hoch;Tief;Schluss;Volumen",
            rows(written("%d.%m.%Y %H:%M"), sep=";", number=comma),
        ).encode("cp1252")
    ),
    "German numbers with thousands": Shape(
        text(
            "Datum UTC;Open;High;Low;Close;Volume",
            rows(
                written("%d.%m.%y %H:%M"),
                sep=";",
                number=lambda value: f"{value:,.4f}".translate(str.maketrans(",.", ".,")),
            ),
        )
    ),
    "Swiss thousands": Shape(
        text(
            f"time;{HEADS}".replace(",", ";"),
            rows(ms, sep=";", number=lambda value: f"{value:,}".replace(",", "'")),
        )
    ),
    "thousands in quotes, and $": Shape(
        text(f"time,{HEADS}", rows(ms, number=lambda value: f'"${value:,}"' if value > 100 else repr(value)))
    ),
    "US slash dates": Shape(text(f"timestamp (UTC),{HEADS}", rows(written("%-m/%-d/%Y %-H:%M")))),
    "US slash dates, AM and PM": Shape(
        text(f"timestamp (UTC),{HEADS}", rows(written("%m/%d/%Y %I:%M:%S %p")))
    ),
    "UK slash dates": Shape(text(f"timestamp (UTC),{HEADS}", rows(written("%d/%m/%Y %H:%M")))),
    "days since 1900": Shape(
        text(
            f"time utc,{HEADS}",
            rows(lambda ts: f"{(ts - pd.Timestamp('1899-12-30', tz='UTC')) / pd.Timedelta(days=1):.9f}"),
        )
    ),
    "month names": Shape(text(f"time utc,{HEADS}", rows(written('"%b %d, %Y %H:%M"')))),
    "German month names": Shape(
        text(f"Zeit UTC,{HEADS}", rows(lambda ts: f"{ts.day}. {MONTHS_DE[ts.month - 1]} {ts:%Y %H:%M}"))
    ),
    "JavaScript's dates": Shape(
        text(f"date,{HEADS}", rows(written("%a %b %d %Y %H:%M:%S GMT+0100 (CET)", "Europe/Berlin")))
    ),
    "compact dates": Shape(text(f"date,{HEADS}", rows(written("%Y%m%d%H%M"))), UTC_ZONE),
    "compact dates with seconds": Shape(text(f"date,{HEADS}", rows(written("%Y%m%d%H%M%S"))), UTC_ZONE),
    "a mean in E notation of prices": Shape(
        text(f"time,{HEADS}", rows(ms, number=lambda value: f"{value:.8e}"))
    ),
    "currencies behind the numbers": Shape(
        text(f"time;{HEADS}".replace(",", ";"), rows(ms, sep=";", number=lambda value: f"{value} USD"))
    ),
    "spaces between the columns": Shape(text(f"time {HEADS}".replace(",", " "), rows(ms, sep=" "))),
    "French Excel": Shape(
        text(
            "Date UTC;Ouv.;+ Haut;+ Bas;Dernier;Vol.",
            rows(
                written("%d/%m/%Y %H:%M"),
                sep=";",
                number=lambda value: f"{value:,.4f}".replace(",", "\u202f").replace(".", ","),
            ),
        )
    ),
    # libraries
    "pandas, unnamed index of times": Shape(BARS.to_csv(index_label="")),
    "pandas, numbered rows": Shape(BARS.reset_index().to_csv()),
    "pandas, JSON by column": Shape(BARS.to_json(date_format="iso")),
    "pandas, JSON by row": Shape(BARS.reset_index().to_json(orient="records", date_format="iso")),
    "pandas, JSON split": Shape(BARS.to_json(orient="split", date_format="iso")),
    "pandas, JSON lines": Shape(BARS.reset_index().to_json(orient="records", lines=True, date_format="iso")),
    "Parquet with an index": Shape(table(BARS, "parquet")),
    "Parquet without a zone": Shape(table(BARS.tz_localize(None).reset_index(), "parquet"), UTC_ZONE),
    "Parquet of 32-bit floats and epochs": Shape(
        table(BARS.astype({"volume": "float32"}).assign(ts=[int(ms(ts)) for ts in BARS.index]), "parquet"),
        {},
        (),
    ),
    "Feather": Shape(table(BARS.reset_index(), "feather")),
    "R, row names without a heading": Shape(
        text(
            '"time","open","high","low","close","volume"',
            (f'"{i}",{line}' for i, line in enumerate(rows(ms), start=1)),
        )
    ),
    "yfinance of one ticker": Shape(
        text(
            "Price,Close,High,Low,Open,Volume",
            "Ticker,BTC-USD,BTC-USD,BTC-USD,BTC-USD,BTC-USD",
            "Datetime,,,,,",
            rows(str, ("close", "high", "low", "open", "volume")),
        )
    ),
    "pandas, two levels of columns in one": Shape(
        text(
            "Datetime," + ",".join(f"\"('{one.title()}', 'BTC-USD')\"" for one in FIELDS),
            rows(str),
        )
    ),
    "yfinance of two tickers": Shape(
        text(
            "Price,Close,Close,High,High,Low,Low,Open,Open,Volume,Volume",
            "Ticker,BTC-USD,ETH-USD" + ",BTC-USD,ETH-USD" * 4,
            "Datetime" + "," * 10,
            (
                ",".join(
                    [
                        str(ts),
                        *(
                            f"{bar[one]},{bar[one] / 16}"
                            for one in ("close", "high", "low", "open", "volume")
                        ),
                    ]
                )
                for ts, bar in BARS.iterrows()
            ),
        ),
        {"where": {"Ticker": "BTC-USD"}},
    ),
    # joined and edited
    "two symbols": Shape(
        text(
            f"symbol,time,{HEADS}", (f"BTC,{line}" for line in rows(ms)), (f"ETH,{line}" for line in SECOND)
        ),
        {"where": {"symbol": "btc"}},
    ),
    "a title and a footer": Shape(
        text("My bars, with love", f"time,{HEADS}", rows(ms), "Data provided by Somebody")
    ),
    "delimiters behind the rows": Shape(text(f"time,{HEADS}", (f"{line}," for line in rows(ms)))),
    "delimiters behind some rows": Shape(
        text(f"time,{HEADS}", rows(ms)[:9], (f"{line},," for line in rows(ms)[9:]))
    ),
    "blank rows, comments, CRLF": Shape(
        text(f"time,{HEADS}", rows(ms)[:9], "", "# half", "  ", rows(ms)[9:]).replace("\n", "\r\n")
    ),
    "two sides of a price": Shape(
        text(
            "time,bidopen,bidhigh,bidlow,bidclose,askopen,askhigh,asklow,askclose,volume",
            (
                ",".join([ms(ts), *(str(bar[one]) for one in FIELDS[:4]), *["9"] * 4, str(bar.volume)])
                for ts, bar in BARS.iterrows()
            ),
        ),
        {"columns": ("open=bidopen", "high=bidhigh", "low=bidlow", "close=bidclose")},
    ),
    "hours to repair": Shape(
        text(f"time,{HEADS}", rows(lambda ts: ms(ts - pd.Timedelta(hours=4)))),
        {
            "shifts": (
                Shift(
                    datetime(2020, 1, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC), pd.Timedelta(hours=4)
                ),
            )
        },
    ),
    "a printed table": Shape(
        text(
            "  time                    open     high     low      close    volume",
            (
                f"  {line.replace(',', '   ', 3).replace(',', ' ')}"
                for line in rows(lambda ts: f"{ts:%Y-%m-%dT%H:%M}Z")
            ),
        )
    ),
    "a line of totals": Shape(text(f"time,{HEADS}", rows(ms), f"Total,,,,,{BARS['volume'].sum()}")),
    "a header without the name of the index": Shape(text(HEADS, rows(lambda ts: f"{ts:%Y-%m-%dT%H:%M}Z"))),
    "headings in Chinese beside others": Shape(
        text(f"time,{HEADS},成交量", (f"{line},最" for line in rows(ms)))
    ),
    "hours of kdb": Shape(text(f"utc,{HEADS}", rows(written("%Y.%m.%dD%H:%M:%S.000000000")))),
    "hours alone": Shape(text(f"time,{HEADS}", rows(written("%Y-%m-%dT%HZ")))),
    "midnight as 24:00": Shape(
        text(f"time utc,{HEADS}", rows(lambda ts: at_24(ts))),
    ),
    "a date and an hour": Shape(
        text(f"date utc,hour,{HEADS}", rows(lambda ts: f"{ts:%Y-%m-%d},{ts.hour}")),
    ),
    "a date and an hour from 1 to 24": Shape(
        text(f"date utc,hour,{HEADS}", rows(lambda ts: f"{ts:%Y-%m-%d},{ts.hour + 1}")),
    ),
    "BitMEX buckets": Shape(
        text(
            "timestamp,symbol,open,high,low,close,trades,volume,vwap,homeNotional,foreignNotional",
            (
                f"{ts + pd.Timedelta(hours=1):%Y-%m-%dT%H:%M:%S.000Z},XBTUSD,{bar.open},{bar.high},{bar.low},"
                f"{bar.close},9,{bar.volume * bar.close:.0f},{bar.low},{bar.volume},{bar.volume * bar.close:.0f}"
                for ts, bar in BARS.iterrows()
            ),
        )
    ),
    "OKX with an open candle": Shape(
        text(
            "ts,o,h,l,c,vol,confirm",
            (f"{line},1" for line in rows(ms)),
            f"{ms(BARS.index[-1] + pd.Timedelta(hours=1))},1,1,1,1,1,0",
        )
    ),
    "messages of Binance's stream": Shape(
        "\n".join(
            json.dumps({"e": "kline", "E": 1, "k": {"t": int(ms(ts)), "T": int(ms(ts)) + 3_599_999} | bar})
            for ts, bar in (
                (
                    ts,
                    {"o": bar.open, "c": bar.close, "h": bar.high, "l": bar.low, "v": bar.volume, "L": 9}
                    | {"V": bar.volume / 2, "x": True},
                )
                for ts, bar in BARS.iterrows()
            )
        )
    ),
    "volumes that are not there": Shape(
        text(f"time,{HEADS}", (f"{line},#N/A" for line in rows(ms, FIELDS[:4]))), {}, ("volume",)
    ),
    "an amount of dollars": Shape(
        text(f"time,{HEADS}", rows(ms, bars=BARS.assign(volume=BARS["volume"] * BARS["close"]))),
        {"supply": 2.1e7},
        ("volume",),
    ),
}


@pytest.mark.parametrize("name", SHAPES)
def test_a_shape_is_read_as_the_same_bars(name):
    shape = SHAPES[name]
    result = read(shape.data, **shape.options)
    expected = BARS.assign(**dict.fromkeys(shape.without, np.nan))
    pd.testing.assert_frame_equal(result.bars[list(FIELDS)], expected, check_freq=False, rtol=1e-6)
    assert set(result.understanding.columns) >= {"time", *FIELDS} - set(shape.without)
    json.dumps(result.understanding.to_dict())
    assert all(shape.without) or result.findings == ()


def notes(data: bytes | str, **options: object) -> str:
    return " ".join(read(data, **options).understanding.notes)


def test_what_was_left_out_or_doubted_is_said():
    assert "line 31 is a header and was skipped" in notes(SHAPES["Binance klines, header in the middle"].data)
    footer = notes(SHAPES["a title and a footer"].data)
    assert "1 line above the header skipped" in footer
    assert "line 63 is no row of bars and was skipped: 'Data provided by Somebody'" in footer
    assert "% of all coins, so it is in money" in notes(SHAPES["an amount of dollars"].data, supply=2.1e7)
    assert "moved to its bar's open, 1 hour before" in notes(SHAPES["close times"].data)
    outage = text(f"time,{HEADS}", rows(ms)[:9], "1704880800000,0,0,0,0,0", rows(ms)[10:])
    assert "all prices are 0 in line 11" in notes(outage)


def test_the_runner_up_of_a_choice_is_kept_with_the_reason_against_it():
    data = text("time,open,high,low,close,Volume BTC,volume", (f"{line},1" for line in rows(ms)))
    (volume,) = (one for one in read(data).understanding.choices if one.role == "volume")
    assert (volume.column, volume.reason) == ("volume", "exact heading 'volume'")
    assert (volume.runner_up, volume.why_not) == ("Volume BTC", "its heading is less exact")
    assert (
        "volume is 'volume' (exact heading 'volume'; runner-up 'Volume BTC': its heading is less exact)."
        in (read(data).understanding.lines())
    )


@pytest.mark.parametrize(
    "heading",
    ["volume_sma_20", "BidVolume", "relative volume", "volume_delta", "Volume MA", "taker_buy_volume"],
)
@pytest.mark.parametrize("before", [True, False])
def test_a_column_derived_from_the_volume_is_not_the_volume(heading, before):
    names = ("time,open,high,low,close," + (f"{heading},volume" if before else f"volume,{heading}")).split(
        ","
    )
    lines = [
        ",".join(
            [*line.split(",")[:5], *(["-1", line.split(",")[5]] if before else [line.split(",")[5], "-1"])]
        )
        for line in rows(ms)
    ]
    result = read(text(",".join(names), lines))
    pd.testing.assert_frame_equal(result.bars, BARS, check_freq=False)
    assert heading in result.understanding.unused


def test_a_mean_of_another_column_is_no_volume_whatever_it_is_called():
    mean = BARS["volume"].rolling(5, min_periods=5).mean()
    lines = [f"{line},{'' if np.isnan(m) else m}" for line, m in zip(rows(ms), mean, strict=True)]
    result = read(text("time,open,high,low,close,traded,volume", lines))
    assert result.bars["volume"].isna().all()
    assert "'volume' is a mean of 5 rows of 'traded', so no volume" in result.understanding.notes


def test_a_vwap_outside_the_bar_is_not_taken():
    lines = [f"{line},{bar.low * 0.5}" for line, (_, bar) in zip(rows(ms), BARS.iterrows(), strict=True)]
    assert "vwap" not in read(text(f"time,{HEADS},vwap", lines)).bars
    lines = [
        f"{line},{(bar.low + bar.high) / 2}" for line, (_, bar) in zip(rows(ms), BARS.iterrows(), strict=True)
    ]
    assert "vwap" in read(text(f"time,{HEADS},vwap", lines)).bars


AUTUMN = market(50, "2024-10-25 22:00")


@pytest.mark.parametrize("newest_first", [False, True])
@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe"])
def test_an_hour_that_happens_twice_is_read_in_any_zone(zone, newest_first):
    starts = {"America/New_York": "2024-11-02 22:00", "Australia/Lord_Howe": "2024-04-05 22:00"}
    freq = "30min" if zone == "Australia/Lord_Howe" else "h"
    bars = market(100, starts.get(zone, "2024-10-25 22:00"), freq)
    lines = rows(written("%Y-%m-%d %H:%M", zone), bars=bars)
    result = read(text(f"time,{HEADS}", lines[::-1] if newest_first else lines), time_zone=zone)
    assert result.bars["close"].iloc[-1] == bars["close"].iloc[-1]
    assert list(result.bars.index) == list(bars.index.floor("h").unique())


@pytest.mark.parametrize("second", [False, True])
def test_an_hour_of_which_a_file_kept_one_is_told_by_its_prices(second):
    lines = rows(written("%Y-%m-%d %H:%M", "Europe/Berlin"), bars=AUTUMN)
    first = next(i for i, line in enumerate(lines) if line.startswith("2024-10-27 02:00"))
    dropped = first + (not second)
    result = read(text(f"time,{HEADS}", lines[:dropped], lines[dropped + 1 :]), time_zone="Europe/Berlin")
    pd.testing.assert_frame_equal(result.bars, AUTUMN.drop(AUTUMN.index[dropped]), check_freq=False)
    assert any("the prices tell which" in note for note in result.understanding.notes)


def test_times_that_run_on_where_an_hour_should_be_twice_are_in_another_zone():
    lines = rows(written("%Y-%m-%d %H:%M"), bars=AUTUMN)
    with pytest.raises(
        FileRefused, match=r"occurs twice in Europe/Berlin, .* its times are in another zone, such as UTC"
    ):
        read(text(f"time,{HEADS}", lines), time_zone="Europe/Berlin")


def test_sparse_minutes_joined_at_a_seam_lose_no_hour():
    """Minutes without trades are absent, also the last ones before midnight and the first ones after it."""
    minutes = market(4 * 1440, freq="min")
    traded = np.random.default_rng(3).random(len(minutes)) < 0.8
    traded[2 * 1440 - 2 : 2 * 1440 + 2] = False
    parts = [minutes[:2880][traded[:2880]], minutes[2880:][traded[2880:]]]
    hours = [read(text(f"time,{HEADS}", rows(ms, bars=part))).bars.index for part in parts]
    assert list(hours[0].append(hours[1])) == list(minutes.index.floor("h").unique())
    dense = [minutes[:2870], minutes[2890:]]
    cut = [read(text(f"time,{HEADS}", rows(ms, bars=part))).understanding.cut for part in dense]
    assert [len(hours) for hours in cut] == [1, 1], "ten minutes are missing where none else is"


def test_one_bar_in_another_unit_or_with_a_broken_low_is_left_out_and_named():
    for name, factor, kind in (("close", 100, "unit"), ("low", 1e-6, "wick")):
        bars = BARS.copy()
        at = bars.index[30]
        fields = list(FIELDS[:4]) if kind == "unit" else [name]
        bars.loc[at, fields] *= factor
        result = read(text(f"time,{HEADS}", rows(ms, bars=bars)))
        pd.testing.assert_frame_equal(result.bars, BARS.drop(at), check_freq=False)
        (finding,) = result.findings
        assert (finding.kind, finding.serious) == (kind, True)
        assert "mine.csv, line 32: " in finding.sentence


def scaled(factor: float, start: int, stop: int) -> pd.DataFrame:
    bars = BARS.copy()
    bars.iloc[start:stop, :4] *= factor
    return bars


def test_steps_back_in_the_order_of_a_file_are_named():
    lines = rows(ms)
    joined = read(text(f"time,{HEADS}", lines[30:], lines[:30]))
    pd.testing.assert_frame_equal(joined.bars, BARS, check_freq=False)
    (finding,) = joined.findings
    assert (finding.kind, finding.count, finding.serious) == ("order", 1, False)
    assert "mine.csv, line 32: time steps back here, first by 59 hours" in finding.sentence
    assert read(text(f"time,{HEADS}", lines[::-1])).findings == ()


REFUSED = {
    "a block in another unit": (
        text(f"time,{HEADS}", rows(ms, bars=scaled(100, 20, 30))),
        "line 22: prices of lines 22 to 31 are 100 times those around them, .* divide them by 100, or delete",
    ),
    "a block in another unit, newest first": (
        text(f"time,{HEADS}", rows(ms, bars=scaled(0.01, 20, 30))[::-1]),
        "prices of lines 32 to 41 are 1/100 of those around them, .* multiply them by 100, or delete",
    ),
    "prices of another asset": (PLAIN, "line 2: prices are around 38.* outside 0.1 to 1000: "),
    "two symbols": (
        text(
            f"symbol,time,{HEADS}", (f"BTC,{line}" for line in rows(ms)), (f"ETH,{line}" for line in SECOND)
        ),
        "the file holds several .symbol: BTC, ETH.; choose one with --where symbol=BTC",
    ),
    "two tickers": (SHAPES["yfinance of two tickers"].data, "choose one with --where Ticker=BTC-USD"),
    "trades": (
        text("timestamp,price,amount", (f"{ms(ts)},{bar.close},{bar.volume}" for ts, bar in BARS.iterrows())),
        "line 1: it holds trades, not bars: .* aggregate them to hourly bars first",
    ),
    "closes": (
        text("time,close", (f"{ms(ts)},{bar.close}" for ts, bar in BARS.iterrows())),
        "line 1: it holds one price an hour, not bars: .* import-series",
    ),
    "two sides": (
        SHAPES["two sides of a price"].data,
        "line 1: prices are of several sides .*--columns open=bidopen,high=bidhigh,low=bidlow,close=bidclose",
    ),
    "high and low exchanged": (
        text("time,open,low,high,close,volume", rows(ms)),
        "line 2: the high is below the low, .* --columns open=open,low=high,high=low,close=close",
    ),
    "times shortened by a spreadsheet": (
        text(f"time,{HEADS}", rows(lambda ts: f"{int(ms(ts)):.5E}")),
        "line 3: column 'time' holds '1.70485E.12', a number that a spreadsheet has shortened: format the column",
    ),
    "prices shortened by a spreadsheet": (
        text(f"time,{HEADS}", rows(ms, number=lambda value: f"{value:.2E}" if value > 100 else repr(value))),
        "line 2: column 'open' holds '4.00E.04', and all such prices have 3 digits or fewer",
    ),
    "days that have lost the hour": (
        text(
            f"time utc,{HEADS}",
            rows(lambda ts: f"{(ts - pd.Timestamp('1899-12-30', tz='UTC')).total_seconds() / 86400:.2f}"),
        ),
        "line 3: column 'time utc' holds '45301.04', a date in days that has lost digits",
    ),
    "a file cut off": (PLAIN[:-30], "line 61: the number of fields is .*; if the file was cut off there"),
    "a header of other columns": (
        text(
            "time,open,high,low,close,volume", rows(ms)[:30], "time,open,close,high,low,volume", rows(ms)[30:]
        ),
        "line 32: column 'high' holds 'close', a header of other columns: split the file there",
    ),
    "bars of four hours": (
        text(f"time,{HEADS}", rows(ms, bars=market(30, freq="4h"))),
        "line 3: bars are 4 hours apart: export hourly bars",
    ),
    "days": (
        text(f"Date,{HEADS}", rows(written("%Y-%m-%d"), bars=market(30, freq="D"))),
        "line 3: column 'Date' holds '2024-01-11', so the bars are a day or more apart",
    ),
    "a slash date that fits twice": (
        text(f"date utc,{HEADS}", rows(written("%m/%d/%Y %H:%M"), bars=market(20, "2024-03-04"))),
        "line 2: .*can be day first or month first, and no line decides: pass --dates day-first or month-first",
    ),
    "JSON without bars": ('{"error": ["EGeneral:Invalid arguments"]}', "JSON without a list of bars"),
    "a server's refusal": (
        '{"status": "ERROR", "error": "You have exceeded the requests per minute"}',
        r"without a list of bars \('You have exceeded the requests per minute'\): provide",
    ),
    "half of a JSON": (json.dumps(arrays(FIELDS))[:500], "is not valid JSON .*: download it again"),
    "half of a Parquet": (table(BARS, "parquet")[:900], "truncated or damaged: download it again"),
    "seconds since 2001": (
        text(f"time,{HEADS}", rows(lambda ts: str(int(ts.timestamp()) - 978_307_200))),
        "line 2: the bar of 1993.* is of a time before there was any coin: write times as dates",
    ),
    "prices in billionths": (
        text(f"time,{HEADS}", rows(ms, number=lambda value: str(int(value * 1e9)))),
        "line 2: prices are around .* they seem to be whole billionths, .*: divide them by 1,000,000,000",
    ),
    "a number that is not finite": (
        PLAIN.replace(f"{BARS['volume'].iloc[3]}", "inf"),
        "line 5: column 'volume' holds 'inf', which is not a finite number: correct or delete it",
    ),
    "a database": (b"SQLite format 3\0\1\2", "is a SQLite database: export the table as CSV"),
    "a pickle": (b"\x80\x04\x95\0\0", "is a pickle, .*: write the frame with to_csv"),
    "a page to sign in": ("<!DOCTYPE html>\n<html></html>", "is a web page, .*: download the file again"),
    "a pointer of Git LFS": ("version https://git-lfs.github.com/spec/v1\noid x\n", "git lfs pull"),
    "packed again and again": (gzip.compress(gzip.compress(gzip.compress(b"1"))), "packed more than 2 times"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_shape_that_cannot_be_read_is_refused_with_what_to_do(name):
    data, message = REFUSED[name]
    ranges = {"prices of another asset": (0.1, 1000.0), "prices in billionths": (1.0, 1e7)}
    limits = {"price_range": ranges[name]} if name in ranges else {}
    with pytest.raises(FileRefused, match=f"(?s)^mine.csv.*{message}") as refused:
        read(data, **limits)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(("day_first", "day"), [(True, "2024-04-03"), (False, "2024-03-04")])
def test_a_date_that_can_be_read_twice_is_read_as_asked(day_first, day):
    data = text(f"date utc,{HEADS}", rows(written("%m/%d/%Y %H:%M"), bars=market(20, "2024-03-04")))
    assert f"{read(data, day_first=day_first).bars.index[0]:%Y-%m-%d}" == day


def test_a_zone_that_contradicts_the_heading_is_refused():
    data = text(f"UTC_Time,{HEADS}", rows(written("%Y-%m-%d %H:%M")))
    assert len(read(data, time_zone="UTC").bars) == 60
    with pytest.raises(
        FileRefused, match="'UTC_Time' is in UTC by its heading, but --time-zone is Asia/Tokyo"
    ):
        read(data, time_zone="Asia/Tokyo")


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        (("time", "open=o"), "names either all columns in order, or single ones as role=heading, not both"),
        (("opened=open",), "names the role 'opened': use one of time, open, high, low, close, volume, vwap"),
        (("open=first",), "names the column 'first', but the columns are 'time', 'open'"),
    ],
)
def test_columns_that_are_not_there_are_refused(columns, message):
    with pytest.raises(FileRefused, match=message):
        read(PLAIN, columns=columns)


@pytest.mark.parametrize(
    ("where", "message"),
    [
        ({"symbol": "BTC"}, "--where names the column 'symbol'"),
        ({"volume": "x"}, "no row with volume=x; its values are"),
    ],
)
def test_a_choice_of_rows_that_is_not_there_is_refused(where, message):
    with pytest.raises(FileRefused, match=message):
        read(PLAIN, where=where)


PLAIN_JSON = (
    st.none() | st.integers() | st.floats() | st.text(max_size=8) | st.sampled_from([1704844800000, "4.5"])
)
ANY_JSON = st.recursive(
    PLAIN_JSON,
    lambda part: st.lists(part, max_size=6) | st.dictionaries(st.sampled_from([*FIELDS, "t", "data"]), part),
    max_leaves=40,
)


@settings(max_examples=60, deadline=None)
@given(value=ANY_JSON)
def test_no_json_whatever_raises_anything_but_a_refusal(value):
    with suppress(FileRefused):
        assert len(read(json.dumps(value)).bars)


@settings(max_examples=40, deadline=None)
@given(
    name=st.sampled_from(["Feather", "Parquet with an index", "zip", "xz"]),
    at=st.integers(0, 2000),
    byte=st.integers(0, 255),
)
def test_no_damage_whatever_raises_anything_but_a_refusal(name, at, byte):
    data = bytearray(SHAPES[name].data)
    data[at % len(data)] = byte
    with suppress(FileRefused):
        assert len(read(bytes(data)).bars)
