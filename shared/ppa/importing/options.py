"""Options of reading a file of bars: what its reader cannot know, or got wrong."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from ppa.core.errors import BadInput

_SHIFT = re.compile(r"(?P<first>[^=]*?)\.\.(?P<until>[^=]*)=(?P<hours>[+-]?\d+(?:\.\d+)?)h")
_DATES = {"": None, "day-first": True, "month-first": False}
_BEGINNING, _END = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Shift:
    """Repair of times: `by` is added to those in [first, until), which are UTC as the file is read without repair."""

    first: datetime
    until: datetime
    by: timedelta


@dataclass(frozen=True)
class ReadOptions:
    """Options of `read_bars`.

    `name` is the file's name in messages, and `now` (UTC) tells a bar that is still open. `columns` names the columns
    in order, or, as `role=heading`, single ones. `time_zone` (IANA) applies to times without an offset, `day_first`
    decides about dates that can be read both ways, `where` keeps the rows with these values by heading, and `shifts`
    repairs times. `price_range` and `supply` (in coins) of the asset tell prices in another unit and volumes in money.
    """

    name: str
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    columns: tuple[str, ...] = ()
    time_zone: str | None = None
    day_first: bool | None = None
    where: Mapping[str, str] = field(default_factory=dict)
    shifts: tuple[Shift, ...] = ()
    price_range: tuple[float, float] | None = None
    supply: float | None = None


@dataclass(frozen=True)
class ReadingTexts:
    """Options of reading a file as the command and the API take them.

    `columns` are separated by commas, `dates` is `day-first` or `month-first`, each of `where` is `HEADING=VALUE`, and
    each of `shift` is `FROM..TO=+4h`, in which both times may be left out.
    """

    columns: str = ""
    time_zone: str = ""
    dates: str = ""
    where: tuple[str, ...] = ()
    shift: tuple[str, ...] = ()


def parse_options(
    name: str,
    now: datetime,
    texts: ReadingTexts,
    *,
    price_range: tuple[float, float] | None = None,
    supply: float | None = None,
) -> ReadOptions:
    """Parse the options of a file. BadInput: a text of another form."""
    if texts.dates not in _DATES:
        raise BadInput(f"--dates is {texts.dates!r}; give day-first or month-first.")
    return ReadOptions(
        name,
        now,
        tuple(part.strip() for part in texts.columns.split(",")) if texts.columns else (),
        texts.time_zone or None,
        _DATES[texts.dates],
        dict(map(_where, texts.where)),
        tuple(map(_shift, texts.shift)),
        price_range,
        supply,
    )


def _where(text: str) -> tuple[str, str]:
    heading, separator, value = text.partition("=")
    if not separator or not heading.strip():
        raise BadInput(f"--where is {text!r}; give a column and its value, such as symbol=BTC.")
    return heading.strip(), value.strip()


def _shift(text: str) -> Shift:
    match = _SHIFT.fullmatch(text.replace(" ", ""))
    if not match:
        raise BadInput(f"--shift is {text!r}; give times and hours, such as 2017-09-25..2017-11-12=+4h.")
    first, until = _moment(match["first"], _BEGINNING, text), _moment(match["until"], _END, text)
    if first >= until:
        raise BadInput(f"--shift is {text!r}, which ends before it begins; exchange its times.")
    return Shift(first, until, timedelta(hours=float(match["hours"])))


def _moment(text: str, otherwise: datetime, option: str) -> datetime:
    if not text:
        return otherwise
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise BadInput(
            f"--shift is {option!r}, and {text!r} is not a time; give 2017-09-25T13:00."
        ) from error
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
