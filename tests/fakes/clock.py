"""A clock that moves only when told to: sleeping on it takes no time."""

from datetime import datetime, timedelta


class HandClock:
    """Call it for the time (UTC); `slept` is what was slept on it, in seconds."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.slept: list[float] = []

    def __call__(self) -> datetime:
        return self.now

    def sleep(self, seconds: float) -> None:
        """Move on, at once."""
        self.slept.append(seconds)
        self.now += timedelta(seconds=seconds)
