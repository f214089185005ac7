"""Open the schedule manager that the settings select."""

from ppa.outside.scheduling.calls import FunctionCall
from ppa.outside.scheduling.manager import ScheduleManager
from ppa.outside.scheduling.protocol import Scheduler
from ppa.platform import Platform


def open_schedule_manager(platform: Platform, call: FunctionCall) -> ScheduleManager:
    """Schedule manager for Cloud Scheduler if PPA_SCHEDULES is set, else for the local timer.

    `call` calls a function in this process, for manual runs with the local timer.
    """
    return ScheduleManager(_scheduler(platform, call), platform.warehouse, platform.clock)


def _scheduler(platform: Platform, call: FunctionCall) -> Scheduler:
    if platform.settings.schedules:
        from google.cloud.scheduler_v1 import CloudSchedulerClient

        from ppa.outside.scheduling.cloud import CloudScheduler

        return CloudScheduler(CloudSchedulerClient(), platform.settings.schedules)
    from ppa.outside.scheduling.home import HomeScheduler

    return HomeScheduler(platform, call)
