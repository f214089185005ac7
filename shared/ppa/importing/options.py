"""Options of reading a file of bars: what its reader cannot know, or got wrong."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta


@dataclass(frozen=True)
class Shift:
    """Hours to add to the bars that open in [first, until); times are UTC, without repair."""

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
