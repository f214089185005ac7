"""Whether it runs, and why not: what System info, the API, `ppa status` and the metrics show."""

from shared.status.data import RUNS_SINCE, data_note
from shared.status.providers import data_plan
from shared.status.status import status

__all__ = ["RUNS_SINCE", "data_note", "data_plan", "status"]
