"""Generate `docs/features.md` from the catalogue."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from ppa.core.catalogue import Catalogue, Feature, Series

FEATURES_PAGE = Path(__file__).parents[1] / "docs" / "features.md"
_HEAD = (
    "| feature | unit | description | computed from | cadence | known after | plausible range | sources |",
    "|---|---|---|---|---|---|---|---|",
)


def features_page(catalogue: Catalogue) -> str:
    """Content of the page: all features in row order, one table per group."""
    return "\n".join(_lines(catalogue)) + "\n"


def _lines(catalogue: Catalogue) -> Iterator[str]:
    yield "# Features"
    yield (
        f"A row has {len(catalogue.features)} features, computed from {len(catalogue.series)} series. "
        "`make schemas` writes this page from `shared/ppa/core/catalogue.toml`."
    )
    yield ""
    yield "- *cadence*: period that a value refers to; *known after*: delay from the end of that period, if the source"
    yield "  does not report its publication time. Rows use values known five minutes after the hour closes."
    yield "- *plausible range*: values outside are stored, and reported by `ppa data check`."
    yield "- *sources*: in order of preference; Coinbase and FRED need no key."
    for group in dict.fromkeys(feature.group for feature in catalogue.features):
        yield from ("", f"## {group[0].upper()}{group[1:]}", *_HEAD)
        yield from (_row(feature, catalogue) for feature in catalogue.features if feature.group == group)


def _row(feature: Feature, catalogue: Catalogue) -> str:
    series = [catalogue.series[name] for name in feature.inputs]
    formula = "" if feature.transform == "level" else _formula(feature)
    first = series[0] if series else None
    cells = [f"`{feature.name}`", feature.unit, feature.description, formula, *_series_cells(feature, first)]
    return f"| {' | '.join(cells)} |"


def _formula(feature: Feature) -> str:
    inputs = ", ".join(f"`{name}`" for name in feature.inputs)
    return f"{feature.transform} of {inputs}" if inputs else feature.transform


def _series_cells(feature: Feature, series: Series | None) -> list[str]:
    if series is None:
        return ["hourly", "", "", ""]
    low, high = series.range
    plausible = f"{low:,.10g} to {high:,.10g}" if feature.transform == "level" else ""
    sources = ", ".join(f"{source.provider} {source.symbol}" for source in series.sources)
    counted = f"{_span(series.lag)} of business days" if series.business_days else _span(series.lag)
    return [series.cadence, counted, plausible, sources]


def _span(lag: timedelta) -> str:
    hours = round(lag.total_seconds() / 3600)
    if hours == 0:
        return "at once"
    return f"{hours / 24:g} days" if hours > 48 else f"{hours} hours"
