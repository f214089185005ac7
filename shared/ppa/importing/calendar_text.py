"""Parse columns of written-out dates and times into naive datetimes and UTC offsets."""

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

_PARTS = (
    r"^(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})"
    r"(?:[T ] *(?P<hour>\d{1,2})(?::(?P<minute>\d{2}))?(?::(?P<second>\d{2})(?:[.,](?P<fraction>\d{1,9}))?)?"
    r"(?:[ -]?(?P<half>[AaPp])[Mm])?)?"
    r" ?(?P<zone>Z|UTC|GMT|(?P<sign>[+-])(?P<zone_hour>\d{2}):?(?P<zone_minute>\d{2})?)?$"
)
_DAY_FIRST = r"^(\d{1,2})\.(\d{1,2})\.(\d{4})"

Moments = npt.NDArray[np.datetime64]
Offsets = npt.NDArray[np.float64]


def read_moments(text: pa.ChunkedArray) -> tuple[Moments, Offsets]:
    """Parse text to wall-clock times (datetime64[us]) and UTC offsets (seconds).

    Times are NaT if unreadable or before 1970; offsets are NaN if not stated. Accepts year-month-day with `-`, `/` or
    `.`, or day.month.year with dots; hours with or without minutes, seconds, fractions and AM/PM; and the zones `Z`,
    `UTC`, `GMT`, `+02:00`, `+0200` and `+02`.
    """
    parts = pc.extract_regex(pc.replace_substring_regex(text, _DAY_FIRST, r"\3-\2-\1"), _PARTS)
    whole = parts.combine_chunks()
    return _moments(whole), _offsets(whole)


def _moments(parts: pa.StructArray) -> Moments:
    year, month, day = (_number(parts, part) for part in ("year", "month", "day"))
    months = ((year - 1970) * 12 + month - 1).astype("datetime64[M]")
    days = months.astype("datetime64[D]") + (day - 1).astype("timedelta64[D]")
    seconds, timely = _seconds_of_day(parts)
    on_calendar = (year >= 1970) & (month >= 1) & (month <= 12) & (days.astype("datetime64[M]") == months)
    moments = days.astype("datetime64[us]") + seconds.astype("timedelta64[s]") + _micros(parts)
    return np.where(_valid(parts) & on_calendar & timely, moments, np.datetime64("NaT", "us"))


def _seconds_of_day(parts: pa.StructArray) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    hour, minute, second = (_number(parts, part) for part in ("hour", "minute", "second"))
    half = np.char.lower(_strings(parts, "half"))
    timely = np.where(half == "", hour <= 23, (hour >= 1) & (hour <= 12)) & (minute <= 59) & (second <= 59)
    hour = np.where(half == "", hour, hour % 12 + np.where(half == "p", 12, 0))
    return hour * 3600 + minute * 60 + second, timely


def _micros(parts: pa.StructArray) -> npt.NDArray[np.timedelta64]:
    digits = pc.utf8_slice_codeunits(pc.utf8_rpad(_field(parts, "fraction"), 6, "0"), 0, 6)
    return _integers(digits).astype("timedelta64[us]")


def _offsets(parts: pa.StructArray) -> Offsets:
    seconds = _number(parts, "zone_hour") * 3600 + _number(parts, "zone_minute") * 60
    signed = np.where(_strings(parts, "sign") == "-", -seconds, seconds)
    return np.where(_strings(parts, "zone") == "", np.nan, signed)


def _number(parts: pa.StructArray, part: str) -> npt.NDArray[np.int64]:
    return _integers(_field(parts, part))


def _integers(digits: pa.Array) -> npt.NDArray[np.int64]:
    filled = pc.if_else(pc.equal(digits, ""), "0", digits)
    numbers: npt.NDArray[np.int64] = pc.cast(filled, pa.int64()).to_numpy(zero_copy_only=False)
    return numbers


def _strings(parts: pa.StructArray, part: str) -> npt.NDArray[np.str_]:
    strings: npt.NDArray[np.str_] = np.asarray(_field(parts, part).to_pylist(), dtype=np.str_)
    return strings


def _field(parts: pa.StructArray, part: str) -> pa.Array:
    return pc.fill_null(pc.struct_field(parts, part), "")


def _valid(parts: pa.StructArray) -> npt.NDArray[np.bool_]:
    valid: npt.NDArray[np.bool_] = pc.is_valid(parts).to_numpy(zero_copy_only=False)
    return valid
