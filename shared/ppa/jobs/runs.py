"""Run a job; time it, log it and record it whether it succeeds or fails."""

import logging
import uuid
from collections.abc import Callable, Mapping
from functools import partial

import pandas as pd

from ppa.core.contracts.jobs import JobRun
from ppa.core.errors import PpaError
from ppa.ops.secrets import redactor
from ppa.ops.tracing import current_trace
from ppa.platform import Platform
from ppa.storage.arrow import records_table

logger = logging.getLogger("ppa.jobs")
Result = Mapping[str, object]


def run_job(platform: Platform, job: str, scheduled_for: pd.Timestamp, work: Callable[[], Result]) -> Result:
    """Run `work` and record the run in `job_runs`; exceptions are recorded and re-raised."""
    begun = partial(
        JobRun,
        job=job,
        scheduled_for=scheduled_for,
        attempt=uuid.uuid4().hex,
        started_at=platform.now(),
        trace=current_trace(),
    )
    billed = platform.warehouse.bytes_billed()
    try:
        result = work()
    except Exception as error:
        message = str(error) if isinstance(error, PpaError) else f"{type(error).__name__}: {error}"
        _write(platform, partial(begun, status="error", rows=0, detail={}), billed, message)
        raise
    # messages in the result may quote a URL with a key
    detail = redactor(platform.settings).json(result)
    _write(platform, partial(begun, status="ok", rows=result.get("rows", 0), detail=detail), billed, None)
    return result


def _write(platform: Platform, ended: Callable[..., JobRun], billed: int, error: str | None) -> None:
    run = ended(
        finished_at=platform.now(),
        bytes_billed=platform.warehouse.bytes_billed() - billed,
        error=error and redactor(platform.settings).text(error),
    )
    logger.info("job %s %s", run.job, run.status, extra={"fields": run.to_row()})
    platform.warehouse.append("job_runs", records_table([run]))
