"""Data quality report: check the stored observations, and compare bars with a second provider."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

import pandas as pd

from ppa.core.catalogue import Asset
from ppa.core.contracts.findings import Acknowledgement
from ppa.core.quality import Finding, check, disagreement, shift
from ppa.core.times import utc
from ppa.platform import Platform
from ppa.providers.protocol import ProviderError
from ppa.repository.acknowledgements import acknowledgements
from ppa.repository.imports import held_batches
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

    finding: Finding
    acknowledgement: Acknowledgement | None

    @property
    def finding_id(self) -> str:
        """Identifier that stays while the finding grows."""
        return finding_id(self.finding.series, self.finding.kind, self.finding.first)


def finding_id(series: str, kind: str, first: datetime) -> str:
    """Return the identifier of a finding, a hash of its series, kind and first time."""
    return sha256(f"{series} {kind} {utc(first).isoformat()}".encode()).hexdigest()[:12]


def serious_findings(platform: Platform) -> list[TrackedFinding]:
    """Serious findings over the whole span of the imports that count; looked for once a day and after each import."""
    token = platform.now().floor("D"), platform.warehouse.version_token("imports")
    findings = platform.cache.get("serious findings", lambda: _find_serious(platform), token)
    given = acknowledgements(platform)
    return [TrackedFinding(one, given.get(finding_id(one.series, one.kind, one.first))) for one in findings]


def _find_serious(platform: Platform) -> list[Finding]:
    batches = [batch for batch in held_batches(platform) if batch.counted]
    if not batches:
        return []
    first, last = min(batch.first for batch in batches), max(batch.last for batch in batches)
    checked = check_stored(platform, first, last + pd.Timedelta(hours=1), compare=False)
    return [finding for finding in checked.findings if finding.serious]


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
