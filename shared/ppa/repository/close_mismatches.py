"""Guard on rows and labels: hours whose close in the rows is not the newest known one."""

from collections.abc import Iterator

import pandas as pd

from ppa.core.as_of_prices import CloseMismatch, ClosePair, close_pairs
from ppa.core.times import BEGINNING, END
from ppa.platform import Platform
from ppa.repository.observations import delivered_observations

REMEDY = (
    "Withdraw the import that is wrong with `ppa data withdraw ID`, or import the right file with --replace; then "
    "download the dataset again and train on it."
)


def close_mismatch(
    platform: Platform, asset_id: str, since: pd.Timestamp = BEGINNING, until: pd.Timestamp = END
) -> CloseMismatch | None:
    """Return how the closes of an asset in the rows of [since, until) (UTC) differ from the newest known ones."""
    return _pairs(platform, asset_id).within(since, until)


def serious_mismatches(
    platform: Platform, asset_ids: list[str], since: pd.Timestamp = BEGINNING, until: pd.Timestamp = END
) -> Iterator[str]:
    """Yield a sentence for each asset whose rows and labels must not be used together in [since, until) (UTC)."""
    for asset_id in asset_ids:
        mismatch = close_mismatch(platform, asset_id, since, until)
        if mismatch is not None and mismatch.serious:
            series = platform.catalogue.asset(asset_id).series("close")
            yield mismatch.sentence(series, _stated_by(platform, series, mismatch))


def _pairs(platform: Platform, asset_id: str) -> ClosePair:
    series = platform.catalogue.asset(asset_id).series("close")

    def pair() -> ClosePair:
        vintages = platform.series_cache.vintages(platform.warehouse, series)
        return close_pairs(vintages.frame, platform.catalogue.grace)

    token = platform.warehouse.version_token("observations")
    return platform.cache.get(("close pairs", series), pair, token)


def _stated_by(platform: Platform, series: str, mismatch: CloseMismatch) -> str:
    """Name the imports whose values differ, or their sources."""
    rows = delivered_observations(platform, [series], mismatch.first, mismatch.last + pd.Timedelta(hours=1))
    rows = rows[rows["counted"].ne(False)]
    revised = rows[rows.duplicated("event_time", keep=False)]
    batches, sources = sorted(revised["batch"].dropna().unique()), sorted(revised["source"].unique())
    if batches:
        return f"the {'import' if len(batches) == 1 else 'imports'} {', '.join(batches)}"
    return f"the {'source' if len(sources) == 1 else 'sources'} {', '.join(sources)}"
