"""Run a job; time it, log it and record it whether it succeeds or fails."""

import json
import logging
import uuid
from collections.abc import Callable, Mapping

import pandas as pd

from ppa.core.errors import PpaError
from ppa.ops.secrets import redactor
from ppa.ops.tracing import current_trace
from ppa.platform import Platform
from ppa.storage.arrow import rows_table

logger = logging.getLogger("ppa.jobs")
Result = Mapping[str, object]


def run_job(platform: Platform, job: str, scheduled_for: pd.Timestamp, work: Callable[[], Result]) -> Result:
    """Run `work` and record the run in `job_runs`; exceptions are recorded and re-raised."""
    run = {
        "job": job,
        "scheduled_for": scheduled_for,
        "attempt": uuid.uuid4().hex,
        "started_at": platform.now(),
        "trace": current_trace(),
    }
    billed = platform.warehouse.bytes_billed()
    try:
        result = work()
    except Exception as error:
        message = str(error) if isinstance(error, PpaError) else f"{type(error).__name__}: {error}"
        _write(platform, run, billed, {"status": "error", "error": message, "rows": 0, "detail": "{}"})
        raise
    rows = result.get("rows", 0)
    _write(platform, run, billed, {"status": "ok", "rows": rows, "detail": json.dumps(result, default=str)})
    return result


def _write(platform: Platform, run: Result, billed: int, outcome: Result) -> None:
    spent = platform.warehouse.bytes_billed() - billed
    row = {**run, **outcome, "finished_at": platform.now(), "bytes_billed": spent}
    # error messages may quote a URL with a key
    redact = redactor(platform.settings)
    row |= {name: redact.text(str(row[name])) for name in ("error", "detail") if row.get(name)}
    logger.info("job %s %s", run["job"], outcome["status"], extra={"fields": row})
    platform.warehouse.append("job_runs", rows_table([row]))
