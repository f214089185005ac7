"""Clock that is advanced manually; sleeping on it takes no real time."""

from datetime import datetime, timedelta


class HandClock:
    """Current time (UTC) when called; `slept` is the total of seconds slept."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.slept: list[float] = []

    def __call__(self) -> datetime:
        return self.now

    def sleep(self, seconds: float) -> None:
        """Advance the clock."""
        self.slept.append(seconds)
        self.now += timedelta(seconds=seconds)
