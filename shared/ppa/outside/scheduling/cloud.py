"""Scheduler in the cloud: the jobs of Cloud Scheduler."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from google.api_core.exceptions import GoogleAPIError, NotFound
from google.api_core.exceptions import RetryError as GaveUp
from google.auth.exceptions import GoogleAuthError
from google.cloud.scheduler_v1 import CloudSchedulerClient, Job

from ppa.core.errors import BadInput, Unavailable
from ppa.outside.scheduling.protocol import JobState
from ppa.outside.scheduling.schedules import Schedule

# timeout of a request; a person is waiting for it
SECONDS = 15.0


class CloudScheduler:
    """`Scheduler` for the jobs whose names begin with `prefix`: `projects/P/locations/R/jobs/ppa-`."""

    def __init__(self, client: CloudSchedulerClient, prefix: str) -> None:
        """BadInput if the prefix has no location."""
        self._location, separator, _ = prefix.partition("/jobs/")
        if not separator or not self._location.startswith("projects/"):
            raise BadInput(
                f"PPA_SCHEDULES is {prefix!r}; set it to projects/PROJECT/locations/REGION/jobs/PREFIX-, "
                "as terraform/ does."
            )
        self._client, self._prefix = client, prefix

    def states(self) -> Mapping[str, JobState]:
        """See `Scheduler.states`."""
        with _as_unavailable("to list the schedules"):
            return {job.name.removeprefix(self._prefix): _state(job) for job in self._ours()}

    def pause(self, schedule: Schedule) -> None:
        """See `Scheduler.pause`."""
        with _as_unavailable(f"to pause {schedule.job}"):
            for name in self._jobs(schedule):
                self._client.pause_job(name=name, timeout=SECONDS)

    def resume(self, schedule: Schedule) -> None:
        """See `Scheduler.resume`."""
        with _as_unavailable(f"to resume {schedule.job}"):
            for name in self._jobs(schedule):
                self._client.resume_job(name=name, timeout=SECONDS)

    def run(self, schedule: Schedule) -> str:
        """Ask Cloud Scheduler to call the function; the run is listed once it has finished."""
        with _as_unavailable(f"to run {schedule.job}"):
            for name in self._jobs(schedule):
                self._client.run_job(name=name, timeout=SECONDS)
        return f"Cloud Scheduler is calling {schedule.job}; its run shows here once it is done."

    def _ours(self) -> list[Job]:
        jobs = self._client.list_jobs(parent=self._location, timeout=SECONDS)
        return [job for job in jobs if job.name.startswith(self._prefix)]

    def _jobs(self, schedule: Schedule) -> list[str]:
        """Full names of a schedule's job and of its additional shards, `predict-2` and so on."""
        first = self._prefix + schedule.job
        shards = re.compile(rf"{re.escape(first)}-[0-9]+")
        return [first, *(job.name for job in self._ours() if shards.fullmatch(job.name))]


def _state(job: Job) -> JobState:
    paused = job.state in (Job.State.PAUSED, Job.State.DISABLED)
    return JobState(paused, job.schedule_time if job.schedule_time and not paused else None)


@contextmanager
def _as_unavailable(what: str) -> Iterator[None]:
    """Convert errors of Google's client to Unavailable, with a one-sentence message."""
    try:
        yield
    except NotFound as error:
        raise Unavailable(
            f"Cloud Scheduler refused {what}: there is no such job; run terraform apply."
        ) from error
    except (GoogleAPIError, GoogleAuthError, GaveUp) as error:
        reason = str(getattr(error, "message", "") or error).splitlines()[0].rstrip(".")
        raise Unavailable(f"Cloud Scheduler refused {what}: {reason}.") from error
