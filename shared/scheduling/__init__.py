"""The schedules of the jobs: when each is next due, and pausing, resuming and running them by hand."""

from shared.scheduling.interface import Scheduler, State
from shared.scheduling.keeper import Keeper
from shared.scheduling.opening import open_keeper

__all__ = ["Keeper", "Scheduler", "State", "open_keeper"]
