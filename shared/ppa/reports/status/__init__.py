"""Status of the platform, as shown by System info, the API, `ppa status` and the metrics."""

from ppa.reports.status.data import RUNS_SINCE, data_note
from ppa.reports.status.providers import data_plan
from ppa.reports.status.status import status

__all__ = ["RUNS_SINCE", "data_note", "data_plan", "status"]
