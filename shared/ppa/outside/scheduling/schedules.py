"""Schedules of the jobs, read from the file that Terraform reads too."""

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
        """First due time after `moment`."""
        return next(CronSim(self.cron, moment))

    def last_until(self, moment: datetime) -> datetime:
        """Last due time up to and including the minute of `moment`."""
        minute = moment.replace(second=0, microsecond=0)
        return next(CronSim(self.cron, minute + timedelta(minutes=1), reverse=True))


def load_schedules(path: Path = PATH) -> Mapping[str, Schedule]:
    """All schedules, by job."""
    raw = json.loads(path.read_text(encoding="utf-8"))
    return {job: Schedule(job=job, **fields) for job, fields in raw.items()}
