"""Prediction coverage: predictions due and made in each of the last hours."""

from collections.abc import Mapping, Sequence

import pandas as pd

from ppa.core.features.rows import last_closed_hour
from ppa.core.origins import BUFFER, LIVE
from ppa.core.times import HOUR, hours_between, utc
from ppa.platform import Platform
from ppa.reports.status.cached_query import cached_query
from ppa.repository.models import RegisteredModel

COVERED_DAYS = pd.Timedelta(days=7)
# after an hour's open: one hour until it closes, the grace, and the run time of the job
OWED_AFTER = pd.Timedelta(hours=1, minutes=15)


def coverage(
    platform: Platform, models: Sequence[RegisteredModel], closed: pd.Timestamp
) -> Mapping[str, object]:
    """Coverage of the last seven days by hour, up to `closed`, the last hour that has closed.

    `owed` counts the models that are active now and were active by that hour, once the hourly job has had time to run;
    `share` is the share of these with a live or backfilled prediction, None if none were due.
    """
    until = closed + HOUR
    since = until - COVERED_DAYS
    origins = [LIVE, BUFFER]
    rows = cached_query(
        platform, "prediction_counts_by_hour", "predictions", since=since, until=until, origins=origins
    )
    rows = rows.assign(kind=rows["origin"].where(rows["reason"].isna(), "without"))
    counts = rows.pivot_table(index="ts", columns="kind", values="answers", aggfunc="sum", fill_value=0)
    hours = hours_between(since, until)
    counts = counts.reindex(index=hours, columns=[LIVE, BUFFER, "without"], fill_value=0).astype(int)
    owed = _owed(platform, models, hours) * (hours <= platform.now() - OWED_AFTER)
    predicted = (counts[LIVE] + counts[BUFFER]).clip(upper=owed)
    reasons = rows[rows["reason"].notna()].groupby("reason")["answers"].sum()
    return {
        "since": since,
        "until": until,
        "share": round(float(predicted.sum() / owed.sum()), 4) if owed.sum() else None,
        "missing": int((owed - counts.sum(axis=1)).clip(lower=0).sum()),
        "reasons": {str(reason): int(number) for reason, number in reasons.items()},
        "hours": [
            {"ts": ts, "owed": int(owes), "live": live, "buffer": buffer, "without": without}
            for ts, owes, (live, buffer, without) in zip(hours, owed, counts.to_numpy().tolist(), strict=True)
        ],
    }


def _owed(platform: Platform, models: Sequence[RegisteredModel], hours: pd.DatetimeIndex) -> "pd.Series[int]":
    owed = pd.Series(0, index=hours)
    for model in models:
        if model.active:
            first = last_closed_hour(utc(model.active_since), platform.catalogue) + HOUR
            owed += (hours >= first).astype(int)
    return owed
