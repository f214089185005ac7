"""The schedules of the jobs: when each is next due, and pausing, resuming and running them by hand."""

from ppa.outside.scheduling.factory import open_keeper
from ppa.outside.scheduling.keeper import Keeper
from ppa.outside.scheduling.protocol import Scheduler, State

__all__ = ["Keeper", "Scheduler", "State", "open_keeper"]
