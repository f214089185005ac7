"""Choose who calls the jobs, by the settings."""

from shared.platform import Platform
from shared.scheduling.interface import Scheduler
from shared.scheduling.keeper import Keeper


def open_keeper(platform: Platform) -> Keeper:
    """The keeper of Cloud Scheduler's jobs where PPA_SCHEDULES names them, else of the timer at home."""
    return Keeper(_scheduler(platform), platform.warehouse, platform.clock)


def _scheduler(platform: Platform) -> Scheduler:
    if platform.settings.schedules:
        from google.cloud.scheduler_v1 import CloudSchedulerClient

        from shared.scheduling.cloud import CloudScheduler

        return CloudScheduler(CloudSchedulerClient(), platform.settings.schedules)
    from shared.scheduling.home import HomeScheduler

    return HomeScheduler(platform)
