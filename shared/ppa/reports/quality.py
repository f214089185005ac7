"""Data quality report: check the stored observations, and compare bars with a second provider."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pandas as pd

from ppa.core.catalogue import Asset
from ppa.core.contracts.findings import Acknowledgement
from ppa.core.quality import Finding, check, check_seriously, disagreement, shift
from ppa.core.quality.findings import finding_id
from ppa.core.times import BEGINNING, END
from ppa.platform import Platform
from ppa.providers.protocol import ProviderError
from ppa.repository.acknowledgements import acknowledgements
from ppa.repository.close_mismatches import SeriousMismatch, serious_mismatches
from ppa.repository.imports import held_batches
from ppa.repository.labels import list_labels
from ppa.repository.observations import stored_observations

# span compared with a second source: two calls to the providers with the tightest limits
SECOND_OPINION = pd.Timedelta(days=30)
RECENT = pd.Timedelta(days=3)


@dataclass(frozen=True)
class Checked:
    """Number of observations checked, the findings, and errors of providers that could not be compared."""

    observations: int
    findings: tuple[Finding, ...]
    unanswered: tuple[str, ...] = ()


def check_stored(
    platform: Platform, since: pd.Timestamp, until: pd.Timestamp, *, compare: bool = True
) -> Checked:
    """Check the observations of [since, until); with `compare`, also against other providers' bars."""
    rows = stored_observations(platform, since, until)
    findings = check(rows, platform.catalogue)
    failures = list[str]()
    for asset in platform.catalogue.assets.values() if compare else ():
        try:
            findings += _compared(platform, asset, rows)
        except ProviderError as error:
            failures.append(str(error))
    return Checked(len(rows), tuple(findings), tuple(failures))


def recent_findings(platform: Platform) -> Sequence[Finding]:
    """Findings in the observations of the last three days, without calling a provider."""
    now = platform.now()
    return check_stored(platform, now - RECENT, now, compare=False).findings


@dataclass(frozen=True)
class TrackedFinding:
    """A serious finding, with its acknowledgement if a person has given one."""

    finding_id: str
    finding: Finding
    acknowledgement: Acknowledgement | None


def serious_findings(platform: Platform) -> list[TrackedFinding]:
    """Serious findings in all stored data, and closes that rows and labels do not share.

    The former are looked for once a day and after each import, the latter every hour and after imports and new labels.
    """
    token = platform.now().floor("D"), platform.warehouse.version_token("imports")
    findings = platform.cache.get("serious findings", lambda: _find_serious(platform), token)
    given, ids = acknowledgements(platform), [finding_id(one.series, one.kind, one.first) for one in findings]
    tracked = [TrackedFinding(name, one, given.get(name)) for name, one in zip(ids, findings, strict=True)]
    return [
        *(
            TrackedFinding(one.finding_id, one.finding(), one.acknowledgement)
            for one in _mismatches(platform)
        ),
        *tracked,
    ]


def _mismatches(platform: Platform) -> Sequence[SeriousMismatch]:
    tables = ("imports", "labels", "acknowledgements")
    token = platform.now().floor("h"), *(platform.warehouse.version_token(table) for table in tables)
    return platform.cache.get("serious mismatches", lambda: _find_mismatches(platform), token)


def _find_mismatches(platform: Platform) -> Sequence[SeriousMismatch]:
    """Only labelled and imported assets are compared, as each one's closes have to be read."""
    labelled = {label.definition.asset for label in list_labels(platform)}
    imported = {batch.subject for batch in held_batches(platform) if batch.counted}
    assets = [asset for asset in platform.catalogue.assets if asset in labelled | imported]
    return list(serious_mismatches(platform, assets))


def _find_serious(platform: Platform) -> list[Finding]:
    return check_seriously(stored_observations(platform, BEGINNING, END), platform.catalogue)


def _compared(platform: Platform, asset: Asset, rows: pd.DataFrame) -> Iterator[Finding]:
    name = asset.series("close")
    here = rows[rows["series"] == name].sort_values("known_at").drop_duplicates("event_time", keep="last")
    here = here[here["event_time"] >= here["event_time"].max() - SECOND_OPINION].sort_values("event_time")
    if here.empty:
        return
    closes, served_by = here.set_index("event_time")["value"], set(here["source"])
    first, last = closes.index[0], closes.index[-1] + pd.Timedelta(hours=1)
    for source, there in platform.feed.bars_by_provider(asset, first, last, served_by):
        others = there[there["series"] == name].set_index("event_time")["value"]
        yield from disagreement(name, closes, others, source)
        yield from shift(name, closes, others, source)
