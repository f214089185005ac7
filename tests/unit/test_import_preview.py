"""Options of an import are parsed from texts, and a preview says how a file was understood and what is wrong in it."""

import io
import json
from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from ppa.core.errors import BadInput
from ppa.importing import Preview, ReadingTexts, Shift, parse_options, preview, read_bars

NOW = datetime(2026, 1, 1, tzinfo=UTC)
START = pd.Timestamp("2024-07-01", tz="UTC").as_unit("us")


def closes(seed: int = 1, hours: int = 1500) -> "pd.Series[float]":
    steps = np.random.default_rng(seed).normal(0, 0.005, hours)
    return pd.Series(
        60_000 * np.exp(steps.cumsum()), index=pd.date_range(START, periods=hours, freq="h", unit="us")
    )


def file_of(prices: "pd.Series[float]", zone: str = "UTC") -> bytes:
    """Bars around closes, with local times."""
    opened = prices.shift().fillna(prices.iloc[0])
    high, low = np.maximum(opened, prices) * 1.001, np.minimum(opened, prices) * 0.999
    frame = pd.DataFrame({"open": opened, "high": high, "low": low, "close": prices, "volume": prices / 1000})
    return frame.set_axis(frame.index.tz_convert(zone).tz_localize(None)).to_csv(index_label="date").encode()


def previewed(data: bytes, stored: "pd.Series[float]", **texts: object) -> Preview:
    read = read_bars(io.BytesIO(data), parse_options("mine.csv", NOW, ReadingTexts(**texts)))
    return preview(read, {"eth_usd_close": stored / 16}, stored)


def test_a_file_in_another_zone_than_said_is_caught_before_it_is_stored():
    true = closes()
    shown = previewed(file_of(true, "America/Phoenix"), true, time_zone="UTC")
    (finding,) = shown.findings
    assert shown.serious
    assert (finding.series, finding.kind) == ("mine.csv", "time zone")
    assert "look like US/Pacific or America/Phoenix" in finding.sentence
    assert "match those of eth_usd_close, the stored closes 7 hours early" in finding.sentence
    repair = finding.remedy.split("--shift ")[1].split(",")[0]
    assert repair == "2024-06-30T17:00..2024-09-01T05:00=+7h"
    mended = previewed(file_of(true, "America/Phoenix"), true, time_zone="UTC", shift=("..=+7h",))
    assert mended.findings == ()
    assert not mended.serious
    chart = mended.chart.dropna()
    assert len(chart) == 1500
    np.testing.assert_allclose(chart["file"], chart["stored"], rtol=1e-12)


def test_a_preview_reads_as_sentences_and_survives_json():
    shown = previewed(file_of(closes()), closes(), time_zone="UTC")
    lines = shown.lines()
    assert "close is 'close' (exact heading 'close')." in lines
    assert any(line.startswith("Line 2 is 2024-07-01 00:00 UTC: open 6") for line in lines)
    assert any(line.startswith("Prices from ") for line in lines)
    as_json = json.loads(json.dumps(shown.to_dict()))
    assert as_json["report"]["first_rows"][0]["line"] == 2
    assert [len(as_json["chart"][part]) for part in ("ts", "file", "stored")] == [1500] * 3
    assert as_json["findings"] == []
    assert as_json["report"]["volumes"][0] > 0


def test_options_are_parsed_from_texts():
    options = parse_options(
        "a.csv",
        NOW,
        ReadingTexts(
            "time, open=first",
            "Asia/Tokyo",
            "month-first",
            ("symbol=BTC", "exchange = a=b"),
            ("2017-09-25..2017-11-12T21:00Z=+4h", "..=-1.5h"),
        ),
    )
    assert (options.columns, options.time_zone, options.day_first) == (
        ("time", "open=first"),
        "Asia/Tokyo",
        False,
    )
    assert options.where == {"symbol": "BTC", "exchange": "a=b"}
    first, second = options.shifts
    assert first == Shift(
        datetime(2017, 9, 25, tzinfo=UTC), datetime(2017, 11, 12, 21, tzinfo=UTC), timedelta(hours=4)
    )
    assert second.by == timedelta(hours=-1.5)
    assert second.first < datetime(2009, 1, 1, tzinfo=UTC) < NOW < second.until
    assert parse_options("a.csv", NOW, ReadingTexts()).columns == ()


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        ({"dates": "us"}, "--dates is 'us'; give day-first or month-first"),
        ({"where": ("BTC",)}, "--where is 'BTC'; give a column and its value"),
        ({"shift": ("+4h",)}, "--shift is '[+]4h'; give times and hours"),
        ({"shift": ("2017-13-01..=+4h",)}, "'2017-13-01' is not a time"),
        ({"shift": ("2017-02-01..2017-01-01=+4h",)}, "ends before it begins"),
    ],
)
def test_options_of_another_form_are_refused(texts, message):
    with pytest.raises(BadInput, match=message):
        parse_options("a.csv", NOW, ReadingTexts(**texts))
