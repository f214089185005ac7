"""Preview of an import: how a file was understood, and what looks wrong in its bars."""

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from ppa.core.quality.findings import Finding
from ppa.core.quality.time_doctor import Prices, repeated_bars, shifted_weeks, to_findings
from ppa.importing.reader import ReadBars
from ppa.importing.understanding import Understanding

# most closes of a chart
_MAX_POINTS = 2_000


@dataclass(frozen=True)
class Preview:
    """The understanding of a file and all findings in it.

    `chart` holds closes for a chart, a row at most each so many hours, indexed by the hour's open (UTC): those of the
    `file`, and those `stored` of the same asset, NaN where there is none.
    """

    understanding: Understanding
    findings: tuple[Finding, ...]
    chart: pd.DataFrame

    @property
    def serious(self) -> bool:
        """True if a finding makes predictions wrong where it is true."""
        return any(finding.serious for finding in self.findings)

    def to_dict(self) -> dict[str, object]:
        """Preview as a JSON-compatible dict: the understanding as `report`, `findings`, and the `chart` by column."""
        columns = {str(name): [_or_none(value) for value in self.chart[name]] for name in self.chart}
        return {
            "report": self.understanding.to_dict(),
            "findings": [_finding_dict(finding) for finding in self.findings],
            "chart": {"ts": [moment.isoformat() for moment in self.chart.index], **columns},
        }

    def lines(self) -> list[str]:
        """Preview as a list of sentences."""
        return [*self.understanding.lines(), *self._first_rows(), *map(_sentence, self.findings)]

    def _first_rows(self) -> Iterator[str]:
        for row in self.understanding.first_rows:
            values = ", ".join(
                f"{field} {_shown(row[field])}" for field in row if field not in ("line", "ts")
            )
            yield f"Line {row['line']} is {str(row['ts'])[:16].replace('T', ' ')} UTC: {values}."


def preview(read: ReadBars, others: Prices, stored: "pd.Series[float] | None" = None) -> Preview:
    """Preview of a file that was read; `others` are hourly closes by name to compare its hours with.

    `stored` are the stored closes of the same asset, for the chart; they are compared as well.
    """
    name = read.understanding.name
    beside = pd.Series(dtype="float64") if stored is None else _within(stored, read.bars)
    prices = {other: _within(closes, read.bars) for other, closes in others.items()}
    prices |= {"the stored closes": beside} if len(beside) else {}
    shifts = shifted_weeks({**prices, name: read.bars["close"]}, {name: read.bars["volume"]})
    findings = (*read.findings, *to_findings(shifts), *repeated_bars(name, read.bars))
    return Preview(read.understanding, findings, _chart(read.bars["close"], beside))


def _within(closes: "pd.Series[float]", bars: pd.DataFrame) -> "pd.Series[float]":
    inside: pd.Series[float] = closes[(closes.index >= bars.index[0]) & (closes.index <= bars.index[-1])]
    return inside


def _chart(closes: "pd.Series[float]", stored: "pd.Series[float]") -> pd.DataFrame:
    """Closes of the file and the stored ones, as many as a chart shows."""
    beside = pd.DataFrame({"file": closes, "stored": stored.reindex(closes.index)})
    return beside.iloc[:: -(-len(beside) // _MAX_POINTS) or 1]


def _or_none(value: float) -> float | None:
    return None if pd.isna(value) else float(value)


def _finding_dict(finding: Finding) -> dict[str, object]:
    return {**vars(finding), "first": finding.first.isoformat(), "last": finding.last.isoformat()}


def _sentence(finding: Finding) -> str:
    weight = "Serious finding" if finding.serious else "Finding"
    return f"{weight}: {finding.sentence} {finding.remedy}".strip()


def _shown(value: object) -> str:
    return "unknown" if value is None else f"{value:,.10g}"
