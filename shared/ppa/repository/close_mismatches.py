"""Guard on rows and labels: hours whose close in the rows is not the newest known one."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pandas as pd

from ppa.core.as_of_prices import CloseMismatch, ClosePair, close_pairs
from ppa.core.contracts.findings import Acknowledgement
from ppa.core.quality.findings import Finding, finding_id
from ppa.core.times import BEGINNING, END
from ppa.platform import Platform
from ppa.repository.acknowledgements import acknowledgements
from ppa.repository.observations import delivered_observations

KIND = "close mismatch"
REMEDY = (
    "Withdraw the import that is wrong with `ppa data withdraw ID`, or import the right file with --replace; then "
    "download the dataset again and train on it. If the market's prices were truly revised, acknowledge the finding: "
    "`ppa data acknowledge {finding_id} --reason TEXT`."
)


@dataclass(frozen=True)
class SeriousMismatch:
    """Rows and labels of one series that use different closes, in words.

    With an acknowledgement, a person has accepted all of the differences that were known at its time.
    """

    series: str
    mismatch: CloseMismatch
    stated_by: str
    acknowledgement: Acknowledgement | None

    @property
    def finding_id(self) -> str:
        """Identifier for acknowledgements, one for each series."""
        return mismatch_id(self.series)

    @property
    def sentence(self) -> str:
        """Hours, differences and their origin, and the acknowledgement if there is one."""
        sentence = self.mismatch.sentence(self.series, self.stated_by)
        if self.acknowledgement is None:
            return sentence
        given = self.acknowledgement
        return f"{sentence} Acknowledged by {given.by} on {given.at:%Y-%m-%d}: {given.reason}"

    @property
    def remedy(self) -> str:
        """Instructions for a mismatch that nobody has acknowledged."""
        return REMEDY.format(finding_id=self.finding_id)

    def finding(self) -> Finding:
        """Return the mismatch as a finding of the data check."""
        return Finding(
            series=self.series,
            kind=KIND,
            first=self.mismatch.first.to_pydatetime(),
            last=self.mismatch.last.to_pydatetime(),
            count=self.mismatch.differing,
            sentence=self.mismatch.sentence(self.series, self.stated_by),
            serious=True,
            remedy=self.remedy,
        )


def mismatch_id(series: str) -> str:
    """Return the identifier of the finding that the closes of a series in rows and labels differ."""
    return finding_id(series, KIND, BEGINNING)


def serious_mismatches(
    platform: Platform,
    asset_ids: Sequence[str],
    since: pd.Timestamp = BEGINNING,
    until: pd.Timestamp = END,
) -> Iterator[SeriousMismatch]:
    """Yield the assets whose rows and labels must not be used together in [since, until) (UTC).

    Differences that were known when a person acknowledged them count no longer. If no others are left that are serious,
    the mismatch carries the acknowledgement.
    """
    given = acknowledgements(platform)
    for asset_id in asset_ids:
        series = platform.catalogue.asset(asset_id).series("close")
        pairs, acknowledgement = _pairs(platform, series), given.get(mismatch_id(series))
        mismatch = pairs.within(since, until)
        if acknowledgement is not None:
            open_part = pairs.within(since, until, acknowledgement.at)
            if open_part is not None and open_part.serious:
                mismatch, acknowledgement = open_part, None
        if mismatch is not None and mismatch.serious:
            stated_by = _stated_by(platform, series, mismatch)
            yield SeriousMismatch(series, mismatch, stated_by, acknowledgement)


def _pairs(platform: Platform, series: str) -> ClosePair:
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
