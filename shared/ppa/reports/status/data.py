"""State of the stored data: its kind, its number of rows, and the freshness of each series."""

from collections.abc import Mapping

import pandas as pd

from ppa.core.catalogue import BAR_FIELDS
from ppa.core.times import HOUR
from ppa.platform import SYNTHETIC, Platform, kind_of
from ppa.reports.status.cached_query import cached_query
from ppa.repository.late_series import age_at, allowed_age

RUNS_SINCE = pd.Timedelta(days=3)


def data_note(platform: Platform) -> dict[str, str]:
    """Kind of the stored data, with a sentence about it for every page."""
    stored = cached_query(platform, "sources", "observations")["source"].tolist()
    kind, sources = kind_of(stored), ", ".join(stored)
    notes = {
        SYNTHETIC: f"Synthetic data, generated from seed {platform.settings.seed}; no real market data.",
        "real": f"Real data from {sources}.",
        "empty": "No data yet. Import a file with `ppa import-csv`, or run the backfill.",
    }
    return {"source": kind, "source_note": notes[kind]}


def row_span(platform: Platform) -> dict[str, object]:
    """First hour, last hour and number of the rows of the current catalogue version."""
    version = platform.catalogue.version
    frame = cached_query(platform, "feature_span", "features_hourly", catalogue_version=version)
    (span,) = frame.astype(object).where(frame.notna(), None).to_dict("records")
    return {"first_hour": span["first_hour"], "last_hour": span["last_hour"], "rows": span["hours"]}


def series_states(
    platform: Platform, stored: pd.DataFrame, failures: Mapping[str, str]
) -> list[dict[str, object]]:
    """Freshness of every series, late ones first; `stored` is the result of `series_status`.

    `age_hours` counts from the end of the newest period; a series is late if it exceeds `allowed_hours`.
    """
    now = platform.now()
    owners = {a.series(field): a.id for a in platform.catalogue.assets.values() for field in BAR_FIELDS}
    rows, entries = stored.to_dict("index"), []
    for name, series in platform.catalogue.series.items():
        allowed = allowed_age(series)
        entry: dict[str, object] = {"name": name, "cadence": series.cadence, "observations": 0, "late": False}
        entry |= {"failure": failures.get(owners.get(name, name)), "allowed_hours": round(allowed / HOUR, 2)}
        if name in rows:
            row = rows[name]
            age = age_at(now, row["newest_event"], series)
            entry |= {
                "source": row["source"],
                "newest_event": row["newest_event"],
                "known_at": row["newest_known_at"],
                "observations": row["observations"],
                "age_hours": round(age / HOUR, 2),
                "late": bool(age > allowed),
            }
        entries.append(entry)
    return sorted(entries, key=lambda e: (not e["late"], str(e["name"])))
