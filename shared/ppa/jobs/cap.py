"""The budget cap: pause all schedules once the month's spend reaches it.

Cloud Billing publishes a budget's spend to Pub/Sub several times a day, a few hours late:
https://cloud.google.com/billing/docs/how-to/budgets-programmatic-notifications. A schedule that is resumed while the
budget is spent is paused again by the next message, until the budget is raised or the next month begins.
"""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ppa.core.errors import BadInput

if TYPE_CHECKING:
    from google.cloud.scheduler_v1 import CloudSchedulerClient

SECONDS = 15.0  # timeout of each request to Cloud Scheduler


@dataclass(frozen=True)
class Spend:
    """Cost of the month so far and its budget, both in `currency`."""

    cost: float
    budget: float
    currency: str

    def reaches(self, cap: float) -> bool:
        """Return True if the cost is at least the fraction `cap` of the budget."""
        return self.cost >= cap * self.budget

    def __str__(self) -> str:
        return f"{self.cost:.2f} of {self.budget:.2f} {self.currency} are spent this month"


def read_spend(body: object) -> Spend:
    """Read the spend from a Pub/Sub push message, `{"message": {"data": …}}` with base64-encoded JSON.

    Raises BadInput if the body is not a budget notification.
    """
    try:
        message: Mapping[str, str] = body["message"]  # type: ignore[index]
        budget = json.loads(base64.b64decode(message["data"], validate=True))
        return Spend(float(budget["costAmount"]), float(budget["budgetAmount"]), str(budget["currencyCode"]))
    except (KeyError, TypeError, ValueError, binascii.Error) as error:
        raise BadInput(
            "The message is not a budget notification: "
            "it needs message.data with costAmount, budgetAmount and currencyCode."
        ) from error


def pause_all(client: "CloudSchedulerClient", prefix: str) -> list[str]:
    """Pause every enabled job whose full name starts with `prefix`; return the paused jobs' names without it.

    A prefix has the form `projects/P/locations/R/jobs/ppa-`.
    """
    from google.cloud.scheduler_v1 import Job

    jobs = client.list_jobs(parent=prefix.partition("/jobs/")[0], timeout=SECONDS)
    running = [job.name for job in jobs if job.name.startswith(prefix) and job.state == Job.State.ENABLED]
    for name in running:
        client.pause_job(name=name, timeout=SECONDS)
    return [name.removeprefix(prefix) for name in running]
