"""Choose who calls the jobs, by the settings."""

from ppa.outside.scheduling.calls import FunctionCall
from ppa.outside.scheduling.keeper import Keeper
from ppa.outside.scheduling.protocol import Scheduler
from ppa.platform import Platform


def open_keeper(platform: Platform, call: FunctionCall) -> Keeper:
    """The keeper of Cloud Scheduler's jobs where PPA_SCHEDULES names them, else of the timer at home.

    `call` calls a function in this process, for a job that is run by hand at home.
    """
    return Keeper(_scheduler(platform, call), platform.warehouse, platform.clock)


def _scheduler(platform: Platform, call: FunctionCall) -> Scheduler:
    if platform.settings.schedules:
        from google.cloud.scheduler_v1 import CloudSchedulerClient

        from ppa.outside.scheduling.cloud import CloudScheduler

        return CloudScheduler(CloudSchedulerClient(), platform.settings.schedules)
    from ppa.outside.scheduling.home import HomeScheduler

    return HomeScheduler(platform, call)
