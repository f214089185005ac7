"""Parse columns of written-out dates and times into wall-clock times and UTC offsets.

A column is split into days and times of day, and each distinct one is parsed once: a million minutes have 1,440 times
of day and 700 days.
"""

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Moments = npt.NDArray[np.datetime64]
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_COMPACT = (
    r"^(\d{4})-?(\d{2})-?(\d{2})[T _:-]?(\d{2}):?(\d{2}):?(\d{2})?(\.\d+)?(Z?)$",
    r"\1-\2-\3 \4:\5:\6\7\8",
)
_COMPACT_HOUR = r"^(\d{4})-?(\d{2})-?(\d{2})[T ]?(\d{2})(Z?)$", r"\1-\2-\3 \4:00\5"
_KDB = r"^(\d{4})\.(\d{2})\.(\d{2})D", r"\1-\2-\3 "
_TIME_FIRST = r"^(\d{1,2}:\d{2}(?::\d{2})?)[, ]+(.*[-/.].*)$", r"\2 \1"
_SPLIT = r"^(?P<day>\S.*?)(?P<time>(?:[Tt]|,? +)\d{1,2}(?::\d{2}.*|[ -]?[AaPp]\.?[Mm]\.?.*))?$"

_TIME_OF_DAY = re.compile(
    r"[Tt, ]*(?P<hour>\d{1,2})(?::(?P<minute>\d{2}))?(?::(?P<second>\d{2})(?:[.,:](?P<fraction>\d{1,9}))?)?:?"
    r"(?:[ -]?(?P<half>[AaPp])\.?[Mm]\.?)?\s*(?P<zone>.*)"
)
_OFFSET = re.compile(
    r"(?:UTC|GMT)? ?(?P<sign>[+-])(?P<hours>\d{1,2}):?(?P<minutes>\d{2})?(?: ?\(.*\)| ?\[.*\])?"
)
_ZONES = {
    "Z": 0,
    "UTC": 0,
    "GMT": 0,
    "CET": 1,
    "CEST": 2,
    "EST": -5,
    "EDT": -4,
    "PST": -8,
    "PDT": -7,
    "JST": 9,
    "MSK": 3,
}

_YEAR_FIRST = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})|(\d{4})(\d{2})(\d{2})")
_YEAR_LAST = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4}|\d{2})")
_DAY_MONTH = re.compile(r"(\d{1,2})(?:st|nd|rd|th|\.)?[ /-]?(?:de )?([a-z]+)\.?,?[ /-]?(?:de )?(\d{4}|\d{2})")
_MONTH_DAY = re.compile(r"([a-z]+)\.?[ -]?(\d{1,2})(?:st|nd|rd|th)?,?[ -](\d{4})")
_YEAR_MONTH = re.compile(r"(\d{4})[ -]([a-z]+)\.?[ -](\d{1,2})")
_WEEKDAY = re.compile(r"(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?,? ")
# English, German, French, Spanish, Italian, Portuguese and Dutch, without accents
_MONTHS: Sequence[tuple[str, ...]] = (
    ("jan", "ene", "gen"),
    ("feb", "fev"),
    ("mar", "mrz", "mrt", "maerz"),
    ("apr", "avr", "abr"),
    ("may", "mai", "mag", "mei"),
    ("jun", "juin", "giu"),
    ("jul", "juil", "lug"),
    ("aug", "aout", "ago"),
    ("sep", "set"),
    ("oct", "okt", "ott", "out"),
    ("nov",),
    ("dec", "dez", "dic"),
)


@dataclass(frozen=True)
class Written:
    """Wall-clock times by row (datetime64[us], NaT if unreadable), and UTC offsets in seconds (NaN if not stated).

    `order` says how days with two possible readings were read, empty if there are none; `both` is set if nothing in
    the column decides between day-first and month-first.
    """

    clock: Moments
    offsets: Floats
    order: str = ""
    both: bool = False


def parse_written(text: pa.ChunkedArray, day_first: bool | None = None) -> Written:
    """Parse a column of dates, or of dates and times. `day_first` decides where both readings are possible.

    Without it, a day above 12 decides, or days that follow each other in one reading only.
    """
    for pattern, replacement in (_COMPACT, _COMPACT_HOUR, _KDB, _TIME_FIRST):
        text = pc.replace_substring_regex(text, pattern, replacement)
    parts = pc.extract_regex(text, _SPLIT).combine_chunks()
    day_codes, day_texts = _distinct(pc.struct_field(parts, "day"))
    time_codes, time_texts = _distinct(pc.struct_field(parts, "time"))
    days, order, both = _days([_normal(day) for day in day_texts], day_first)
    seconds, offsets = _times_of_day(time_texts)
    clock = (days.astype("datetime64[us]")[day_codes] + seconds[time_codes]).astype("datetime64[us]")
    return Written(clock, offsets[time_codes], order, both)


def is_date(text: str) -> bool:
    """True if the text is a date without a time of day."""
    return bool(_day(_normal(text))) and not is_clock(text)


def is_clock(text: str) -> bool:
    """True if the text is a time of day without a date, with a colon."""
    match = _TIME_OF_DAY.fullmatch(text)
    return bool(match and match["minute"] and not match["zone"])


def _distinct(text: pa.Array) -> tuple[Ints, list[str]]:
    encoded = pc.fill_null(text, "").dictionary_encode()
    return encoded.indices.to_numpy(zero_copy_only=False), encoded.dictionary.to_pylist()


def _times_of_day(texts: list[str]) -> tuple[npt.NDArray[np.timedelta64], Floats]:
    parsed = [_time_of_day(text) for text in texts]
    micros = np.array([micros for micros, _ in parsed], dtype="timedelta64[us]")
    return micros, np.array([offset for _, offset in parsed], dtype=np.float64)


def _time_of_day(text: str) -> tuple[np.timedelta64, float]:
    """Time since midnight, and the UTC offset in seconds; no text is midnight."""
    if not text:
        return np.timedelta64(0, "us"), np.nan
    match = _TIME_OF_DAY.fullmatch(text)
    offset = _offset(match["zone"].strip()) if match else None
    if not match or offset is None:
        return np.timedelta64("NaT", "us"), np.nan
    hour, minute, second = (int(match[part] or 0) for part in ("hour", "minute", "second"))
    half = (match["half"] or "").lower()
    end_of_day = hour == 24 and not minute and not second
    if minute > 59 or second > 59 or not (1 <= hour <= 12 if half else hour <= 23 or end_of_day):
        return np.timedelta64("NaT", "us"), np.nan
    hour = hour % 12 + (12 if half == "p" else 0) if half else hour
    micros = int((match["fraction"] or "").ljust(6, "0")[:6])
    return np.timedelta64((hour * 3600 + minute * 60 + second) * 1_000_000 + micros, "us"), offset


def _offset(zone: str) -> float | None:
    """UTC offset in seconds; NaN if none is stated, None if it is not known."""
    if not zone:
        return np.nan
    match = _OFFSET.fullmatch(zone)
    if not match:
        hours = _ZONES.get(zone.upper())
        return None if hours is None else hours * 3600.0
    seconds = int(match["hours"]) * 3600 + int(match["minutes"] or 0) * 60
    return float(-seconds if match["sign"] == "-" else seconds)


_Reading = tuple[int, int, int]
_NO_DAY = np.datetime64("NaT", "D")


def _days(texts: list[str], day_first: bool | None) -> tuple[Moments, str, bool]:
    """Days, how those that can be read in two orders were read, and whether nothing decides it."""
    readings = [_day(text) for text in texts]
    either = [reading for reading in readings if len(reading) > 1]
    if not either:
        return _calendar(readings, first=True), "", False
    decided = day_first if day_first is not None else _decide(either)
    days = _calendar(readings, first=decided is not False)
    return days, "month first" if decided is False else "day first", decided is None


def _calendar(readings: list[tuple[_Reading, ...]], *, first: bool) -> Moments:
    """Dates of the readings: day-first ones if `first`, else month-first."""
    chosen = [(match[0] if first else match[-1]) if match else None for match in readings]
    return np.array([_date(reading) if reading else _NO_DAY for reading in chosen], dtype="datetime64[D]")


def _date(reading: _Reading) -> np.datetime64:
    try:
        return np.datetime64(date(*reading), "D") if reading[0] >= 1970 else _NO_DAY
    except ValueError:
        return _NO_DAY


def _decide(either: list[tuple[_Reading, ...]]) -> bool | None:
    """True for day first, False for month first, None where nothing decides."""
    fits = [all(first[1] <= 12 for first, _ in either), all(second[1] <= 12 for _, second in either)]
    if fits != [True, True]:
        return fits[0] or not fits[1]
    adjacent = [_adjacent([_date(reading[i]) for reading in either]) for i in (0, 1)]
    return adjacent[0] if adjacent[0] != adjacent[1] else None


def _adjacent(days: list[np.datetime64]) -> bool:
    """True if most of the distinct days follow each other."""
    ordered = np.unique(np.array(days, dtype="datetime64[D]"))
    steps = np.diff(ordered[~np.isnat(ordered)])
    return bool(len(steps)) and bool((steps == np.timedelta64(1, "D")).mean() > 0.5)


def _day(text: str) -> tuple[_Reading, ...]:
    """Readings of a date as (year, month, day): two, day first, if the text allows both; none if it is no date."""
    if match := _YEAR_FIRST.fullmatch(text):
        year, month, day = (
            int(part) for part in (match[1] or match[5], match[3] or match[6], match[4] or match[7])
        )
        return ((year, month, day),)
    if match := _YEAR_LAST.fullmatch(text):
        one, two, year = int(match[1]), int(match[3]), _four_digits(match[4])
        day_first = (year, two, one)
        return (day_first,) if match[2] == "." else (day_first, (year, one, two))
    return _with_month_name(text)


def _with_month_name(text: str) -> tuple[_Reading, ...]:
    text = _WEEKDAY.sub("", text, count=1)
    patterns: Sequence[tuple[re.Pattern[str], Callable[[re.Match[str]], tuple[str, str, str]]]] = (
        (_DAY_MONTH, lambda match: (match[3], match[2], match[1])),
        (_MONTH_DAY, lambda match: (match[3], match[1], match[2])),
        (_YEAR_MONTH, lambda match: (match[1], match[2], match[3])),
    )
    for pattern, parts in patterns:
        if match := pattern.fullmatch(text):
            year, name, day = parts(match)
            month = _month(name)
            return ((_four_digits(year), month, int(day)),) if month else ()
    return ()


def _month(name: str) -> int:
    """Number of the month; 0 if there is none of that name."""
    matches = [i for i, starts in enumerate(_MONTHS, start=1) if name.startswith(starts)]
    return matches[0] if matches else 0


def _four_digits(year: str) -> int:
    return int(year) + (2000 if len(year) == 2 else 0)


def _normal(text: str) -> str:
    """Lower case, without accents."""
    decomposed = unicodedata.normalize("NFKD", text.strip().lower())
    return "".join(character for character in decomposed if not unicodedata.combining(character))
