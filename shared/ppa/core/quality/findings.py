"""Findings: quality problems of a series, each with a sentence for the user."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

import pandas as pd

from ppa.core.times import utc


@dataclass(frozen=True)
class Finding:
    """A quality problem of one series: its kind, first and last time (UTC), count, and a sentence for the user.

    A `serious` finding makes predictions wrong where it is true; `remedy` says what to do about it.
    """

    series: str
    kind: str
    first: datetime
    last: datetime
    count: int
    sentence: str
    serious: bool = False
    remedy: str = ""


def finding_id(series: str, kind: str, first: datetime) -> str:
    """Return the identifier of a finding, which stays while it grows: a hash of its series, kind and first time."""
    return sha256(f"{series} {kind} {utc(first).isoformat()}".encode()).hexdigest()[:12]


def finding_at(
    name: str,
    kind: str,
    times: "pd.Index | pd.Series[pd.Timestamp]",
    words: str,
    *,
    serious: bool = False,
    remedy: str = "",
) -> Finding:
    """Finding of the given times; `{count}` in `words` is their number."""
    moments = pd.DatetimeIndex(times).sort_values()
    count = len(moments)
    return finding(
        name, kind, moments[0], moments[-1], count, words.format(count=count), serious=serious, remedy=remedy
    )


def finding(
    name: str,
    kind: str,
    first: pd.Timestamp,
    last: pd.Timestamp,
    count: int,
    words: str,
    *,
    serious: bool = False,
    remedy: str = "",
) -> Finding:
    """Finding from `first` to `last`, which are appended to `words`."""
    sentence = f"{name}: {words}, {first:%Y-%m-%d %H:%M} to {last:%Y-%m-%d %H:%M} UTC."
    return Finding(name, kind, first.to_pydatetime(), last.to_pydatetime(), count, sentence, serious, remedy)
