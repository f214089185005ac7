"""The budget's cap: once the month's spend reaches it, nothing is called by a schedule any more.

Cloud Billing tells a budget's spend several times a day through Pub/Sub, a few hours late:
https://cloud.google.com/billing/docs/how-to/budgets-programmatic-notifications. Whoever resumes a schedule while the
budget is spent finds it paused again by the next message; a larger budget, or the next month, ends that.
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

SECONDS = 15.0  # for each answer of Cloud Scheduler


@dataclass(frozen=True)
class Spend:
    """What the month has cost so far, and its budget, both in `currency`."""

    cost: float
    budget: float
    currency: str

    def reaches(self, cap: float) -> bool:
        """Whether it is at least that fraction of the budget."""
        return self.cost >= cap * self.budget

    def __str__(self) -> str:
        return f"{self.cost:.2f} of {self.budget:.2f} {self.currency} are spent this month"


def read_spend(body: object) -> Spend:
    """The spend in what Pub/Sub pushes, `{"message": {"data": …}}` with JSON in base64; BadInput for anything else."""
    try:
        message: Mapping[str, str] = body["message"]  # type: ignore[index]
        said = json.loads(base64.b64decode(message["data"], validate=True))
        return Spend(float(said["costAmount"]), float(said["budgetAmount"]), str(said["currencyCode"]))
    except (KeyError, TypeError, ValueError, binascii.Error) as error:
        raise BadInput(
            "This is no message of a budget: it needs message.data with costAmount, budgetAmount and currencyCode."
        ) from error


def pause_all(client: "CloudSchedulerClient", prefix: str) -> list[str]:
    """Pause every enabled job whose name begins so, `projects/P/locations/R/jobs/ppa-`; the names of those paused."""
    from google.cloud.scheduler_v1 import Job

    jobs = client.list_jobs(parent=prefix.partition("/jobs/")[0], timeout=SECONDS)
    running = [job.name for job in jobs if job.name.startswith(prefix) and job.state == Job.State.ENABLED]
    for name in running:
        client.pause_job(name=name, timeout=SECONDS)
    return [name.removeprefix(prefix) for name in running]
