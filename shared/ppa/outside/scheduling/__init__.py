"""Schedules of the jobs: due times, and pausing, resuming and running them manually."""

from ppa.outside.scheduling.factory import open_schedule_manager
from ppa.outside.scheduling.manager import ScheduleManager
from ppa.outside.scheduling.protocol import JobState, Scheduler

__all__ = ["JobState", "ScheduleManager", "Scheduler", "open_schedule_manager"]
