"""Catalogue of assets, series and features, parsed from `catalogue.toml`.

A *series* is delivered by a provider and stored in `observations`. A *feature* is a column of a row, computed from one
or more series by a transform. A feature with sources is also a series.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import Any

from ppa.core.errors import BadInput, NotFound
from ppa.core.features.transforms import LOOKBACK_HOURS, TRANSFORMS, WINDOWED

BAR_FIELDS = ("open", "high", "low", "close", "volume", "vwap")
PERIOD_HOURS: Mapping[str, float] = {
    "hourly": 1,
    "daily": 24,
    "monthly": 31 * 24,
    "quarterly": 92 * 24,
    "yearly": 366 * 24,
}


@dataclass(frozen=True)
class Source:
    """Source of a series: a provider, its symbol, and provider-specific parameters."""

    provider: str
    symbol: str
    parameters: Mapping[str, str]


@dataclass(frozen=True)
class Asset:
    """An asset with hourly bars, whose price moves can be labelled. `supply` is the number of its coins, if known."""

    id: str
    name: str
    pair: str
    prefix: str
    sources: tuple[Source, ...]
    supply: float | None = None

    def series(self, field: str) -> str:
        """Name of the series of one bar field, such as `btc_usd_close`."""
        return f"{self.prefix}_{field}"


@dataclass(frozen=True)
class Series:
    """An ingested time series with one value per period.

    `lag` (publication delay) and `max_age` (after which a value is no longer used) count from the end of the period.
    With `business_days`, the lag counts whole US business days only. `range` holds the plausible values.
    """

    name: str
    cadence: str
    lag: timedelta
    max_age: timedelta
    range: tuple[float, float]
    sources: tuple[Source, ...]
    business_days: bool = False

    @property
    def period(self) -> timedelta:
        """Longest duration of one period."""
        return timedelta(hours=PERIOD_HOURS[self.cadence])


@dataclass(frozen=True)
class Feature:
    """A column of a row: `transform` of the as-of levels of `inputs`, looking back `hours`."""

    name: str
    group: str
    unit: str
    description: str
    transform: str
    inputs: tuple[str, ...]
    hours: int


@dataclass(frozen=True)
class Catalogue:
    """All assets, series and features, the features in column order. `grace` is the delay of the as-of time."""

    grace: timedelta
    assets: Mapping[str, Asset]
    series: Mapping[str, Series]
    features: tuple[Feature, ...]

    @cached_property
    def version(self) -> str:
        """Hash of everything that determines the values of a row."""
        numbers = {
            "grace": self.grace.total_seconds(),
            "series": [
                [s.name, s.cadence, s.lag.total_seconds(), s.max_age.total_seconds(), s.business_days]
                for s in self.series.values()
            ],
            "features": [[f.name, f.transform, f.inputs, f.hours] for f in self.features],
        }
        return "c" + _short_hash(numbers)

    def features_hash(self, names: Sequence[str]) -> str:
        """Hash of the definitions of the features `names`, independent of all others; unknown names are ignored.

        Lags are excluded: they set known_at when observations are stored, and do not change rows.
        """
        features = {feature.name: feature for feature in self.features}
        parts = [
            [f.name, f.transform, f.hours, [[i, *self._carry(i)] for i in f.inputs]]
            for f in (features[name] for name in names if name in features)
        ]
        return _short_hash([self.grace.total_seconds(), parts])

    def _carry(self, name: str) -> tuple[str, float]:
        series = self.series[name]
        return series.cadence, series.max_age.total_seconds()

    @cached_property
    def feature_names(self) -> tuple[str, ...]:
        """Columns of a row, in order."""
        return tuple(feature.name for feature in self.features)

    def asset(self, asset_id: str) -> Asset:
        """Find an asset by id, in any case; raises `NotFound`."""
        try:
            return self.assets[asset_id.upper()]
        except KeyError:
            choices = ", ".join(self.assets)
            raise NotFound(f"There is no asset {asset_id!r}; choose one of {choices}.") from None

    def feature(self, name: str) -> Feature:
        """Find a feature by name; raises `NotFound`."""
        for feature in self.features:
            if feature.name == name:
                return feature
        raise NotFound(f"There is no feature {name!r}; `ppa data features` lists all features.")


def _short_hash(numbers: object) -> str:
    return hashlib.sha256(json.dumps(numbers).encode()).hexdigest()[:8]


def parse_catalogue(raw: Mapping[str, Any]) -> Catalogue:
    """Build the catalogue from parsed TOML; raises `BadInput` for an invalid feature."""
    assets = {entry["id"]: _asset(entry) for entry in raw["assets"]}
    series: dict[str, Series] = {}
    features: list[Feature] = []
    for entry in raw["assets"]:
        asset = assets[entry["id"]]
        series |= {asset.series(field): _bar_series(asset, field, entry, raw) for field in BAR_FIELDS}
        features += [_asset_feature(asset, template) for template in raw["asset_features"]]
    for entry in raw["features"]:
        if "sources" in entry:
            series[entry["name"]] = _series(entry, raw)
        features.append(_feature(entry))
    _check(features, series)
    return Catalogue(timedelta(minutes=raw["grace_minutes"]), assets, series, tuple(features))


def _check(features: Sequence[Feature], series: Mapping[str, Series]) -> None:
    names = Counter(feature.name for feature in features)
    for feature in features:
        if fault := _fault(feature, names[feature.name], series):
            raise BadInput(f"Feature {feature.name!r} {fault}.")


def _fault(feature: Feature, times: int, series: Mapping[str, Series]) -> str | None:
    unknown = [name for name in feature.inputs if name not in series]
    if times > 1:
        return "is defined twice; use each name once"
    if feature.transform not in TRANSFORMS:
        return f"has the unknown transform {feature.transform!r}; choose one of {', '.join(TRANSFORMS)}"
    if unknown:
        return f"uses {unknown[0]!r}, which is not a series of the catalogue"
    if feature.transform in WINDOWED and not 1 <= feature.hours < LOOKBACK_HOURS:
        return f"looks back {feature.hours} hours; use 1 to {LOOKBACK_HOURS - 1}"
    return None


def _sources(entry: Mapping[str, Any]) -> tuple[Source, ...]:
    return tuple(
        Source(s["provider"], s["symbol"], {k: v for k, v in s.items() if k not in ("provider", "symbol")})
        for s in entry["sources"]
    )


def _asset(entry: Mapping[str, Any]) -> Asset:
    return Asset(
        entry["id"], entry["name"], entry["pair"], entry["prefix"], _sources(entry), entry.get("supply")
    )


def _bar_series(asset: Asset, field: str, entry: Mapping[str, Any], raw: Mapping[str, Any]) -> Series:
    plausible = [0.0, 1e15] if field == "volume" else entry["range"]
    return _series(
        {"name": asset.series(field), "cadence": "hourly", "range": plausible}
        | {"sources": entry["sources"]},
        raw,
    )


def _series(entry: Mapping[str, Any], raw: Mapping[str, Any]) -> Series:
    defaults = raw["cadences"][entry["cadence"]]
    low, high = entry["range"]
    return Series(
        name=entry["name"],
        cadence=entry["cadence"],
        lag=timedelta(hours=entry.get("lag", defaults["lag"])),
        max_age=timedelta(hours=entry.get("max_age", defaults["max_age"])),
        range=(low, high),
        sources=_sources(entry),
        business_days=entry.get("business_days", False),
    )


def _asset_feature(asset: Asset, template: Mapping[str, Any]) -> Feature:
    inputs = [asset.series(field) for field in template.get("inputs", [template["name"]])]
    return _feature({**template, "name": asset.series(template["name"]), "inputs": inputs})


def _feature(entry: Mapping[str, Any]) -> Feature:
    transform = entry.get("transform", "level")
    inputs = entry.get("inputs", [entry["name"]] if transform == "level" else [])
    return Feature(
        entry["name"],
        entry["group"],
        entry["unit"],
        entry["description"],
        transform,
        tuple(inputs),
        entry.get("hours", 0),
    )
