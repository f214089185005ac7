"""Clocks, passed in as functions so that code never reads the system time itself."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """Current system time in UTC."""
    return datetime.now(UTC)


def fixed(moment: datetime) -> Clock:
    """Return a clock that always shows `moment`, for replays and tests."""
    return lambda: moment
