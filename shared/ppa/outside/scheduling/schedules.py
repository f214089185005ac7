"""The schedules, read from the file that Terraform reads too, and when each is next due."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cronsim import CronSim

PATH = Path(__file__).with_name("schedules.json")


@dataclass(frozen=True)
class Schedule:
    """A function called by a cron expression in UTC; a job without a success for `silent_seconds` is a problem."""

    job: str
    cron: str
    function: str
    query: str
    deadline_seconds: int
    description: str
    silent_seconds: int = 0

    def next_after(self, moment: datetime) -> datetime:
        """The first time it is due after `moment`."""
        return next(CronSim(self.cron, moment))

    def last_until(self, moment: datetime) -> datetime:
        """The last time it was due by `moment`."""
        minute = moment.replace(second=0, microsecond=0)
        return next(CronSim(self.cron, minute + timedelta(minutes=1), reverse=True))


def load_schedules(path: Path = PATH) -> Mapping[str, Schedule]:
    """Every schedule by job."""
    raw = json.loads(path.read_text(encoding="utf-8"))
    return {job: Schedule(job=job, **fields) for job, fields in raw.items()}
