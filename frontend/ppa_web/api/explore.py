"""Relations between features and a label, for a saved label or an unsaved definition."""

from collections.abc import Callable, Hashable, Mapping
from functools import partial
from typing import Annotated, TypeVar

import pandas as pd
from flask import Blueprint, Response
from msgspec import Meta

from ppa.core.catalogue import Feature
from ppa.core.contracts.common import LabelId
from ppa.core.contracts.record import Arguments
from ppa.core.errors import NotFound
from ppa.core.features.exploration import MIN_ROWS, distribution, forward_return, missingness, relations
from ppa.core.features.overview import FeatureOverview, feature_overviews
from ppa.core.labels.definition import LabelDefinition, clock_hours
from ppa.core.labels.summary import count_non_overlapping
from ppa.core.times import BEGINNING, END, utc
from ppa.repository.labels import check_asset_has_data, find_label
from ppa.repository.rows import held_rows
from ppa_web.api.json_response import json_response
from ppa_web.context import platform
from ppa_web.openapi.common_arguments import DefinitionQuery
from ppa_web.openapi.operation import operation
from ppa_web.responses import data as shapes
from ppa_web.responses.shape import FeatureName

T = TypeVar("T")

explore = Blueprint("explore", __name__, url_prefix="/api/v1")

OVERLAP = (
    "{rows:,} rows contain only {independent:,} non-overlapping windows: adjacent rows share outcomes, so "
    "standard tests overstate significance. The significance shown here counts windows, not rows."
)


Named = Annotated[FeatureName, Meta(description="Feature")]
OneOrNone = Annotated[FeatureName, Meta(description="Feature to give as well")]


class FeatureQuery(Arguments, frozen=True, kw_only=True):
    """A feature."""

    feature: Named


class DefinedFeatureQuery(DefinitionQuery, frozen=True, kw_only=True):
    """A label definition and a feature."""

    feature: Named


class MissingnessQuery(Arguments, frozen=True, kw_only=True):
    """A feature, or none."""

    feature: OneOrNone = ""


class DefinedMissingnessQuery(DefinitionQuery, frozen=True, kw_only=True):
    """A label definition, and a feature or none."""

    feature: OneOrNone = ""


@explore.get("/features")
@operation(shapes.Features)
def features() -> Response:
    """Features of a row, in order, with sources, coverage and a sparkline."""
    overviews = _cached("feature overviews", _overviews, "features_hourly")
    listed = [_feature(feature, overviews[feature.name]) for feature in platform().catalogue.features]
    return json_response({"features": listed})


@explore.get("/explore/relations")
@operation(shapes.Relations, problems=(NotFound,))
def get_relations(query: DefinitionQuery) -> Response:
    """Correlation of each feature with the forward return, and its mutual information with the label."""
    return _relations_response(query.definition())


@explore.get("/labels/<label_id>/explore/relations")
@operation(shapes.Relations, problems=(NotFound,))
def get_label_relations(label_id: LabelId) -> Response:
    """Correlation of each feature with the forward return, and its mutual information with a saved label."""
    return _relations_response(find_label(platform(), label_id).definition)


def _relations_response(definition: LabelDefinition) -> Response:
    return json_response(
        _cached(
            ("relations", definition.label_id),
            partial(_relations, definition),
            "features_hourly",
            "observations",
        )
    )


@explore.get("/explore/distribution")
@operation(shapes.Distribution, problems=(NotFound,))
def get_distribution(query: DefinedFeatureQuery) -> Response:
    """Histogram of `feature` by class, on common bins."""
    return _distribution_response(query.definition(), query.feature)


@explore.get("/labels/<label_id>/explore/distribution")
@operation(shapes.Distribution, problems=(NotFound,))
def get_label_distribution(label_id: LabelId, query: FeatureQuery) -> Response:
    """Histogram of `feature` by class of a saved label, on common bins."""
    return _distribution_response(find_label(platform(), label_id).definition, query.feature)


def _distribution_response(definition: LabelDefinition, name: str) -> Response:
    feature = platform().catalogue.feature(name)
    labels = definition.labels(check_asset_has_data(platform(), definition))
    classes = distribution(_rows(definition)[feature.name], labels)
    head = {"feature": feature.name, "unit": feature.unit, "description": feature.description}
    if classes is None:
        return json_response({**head, "edges": [], "zeros": [], "ones": [], "missing": {}})
    zeros, ones = classes.counts
    missing = dict(zip(("zeros", "ones"), classes.missing, strict=True))
    return json_response({**head, "edges": classes.edges, "zeros": zeros, "ones": ones, "missing": missing})


@explore.get("/explore/missingness")
@operation(shapes.Missingness, problems=(NotFound,))
def get_missingness(query: DefinedMissingnessQuery) -> Response:
    """Share of hours without a value by month, for each group of features and for `feature` if given."""
    return _missingness_response(query.definition(), query.feature)


@explore.get("/labels/<label_id>/explore/missingness")
@operation(shapes.Missingness, problems=(NotFound,))
def get_label_missingness(label_id: LabelId, query: MissingnessQuery) -> Response:
    """Share of hours of a saved label without a value by month, for each group and for `feature` if given."""
    return _missingness_response(find_label(platform(), label_id).definition, query.feature)


def _missingness_response(definition: LabelDefinition, name: str) -> Response:
    groups = _cached(
        ("missingness", definition.start, definition.end),
        partial(_missingness, definition),
        "features_hourly",
    )
    if not name:
        return json_response(groups)
    feature = platform().catalogue.feature(name)
    return json_response(
        {
            **groups,
            "feature": feature.name,
            "values": missingness(_rows(definition)[[feature.name]])[feature.name],
        }
    )


def _rows(definition: LabelDefinition) -> pd.DataFrame:
    """Rows in the label's range, one column per feature."""
    rows = held_rows(platform(), utc(definition.start or BEGINNING), utc(definition.end or END))
    return rows[list(platform().catalogue.feature_names)]


def _relations(definition: LabelDefinition) -> Mapping[str, object]:
    closes = check_asset_has_data(platform(), definition)
    labels, forward = definition.labels(closes), forward_return(closes, definition.lookahead)
    hours = clock_hours(labels.dropna().index)
    independent = count_non_overlapping(hours, definition.lookahead)
    groups = {feature.name: feature.group for feature in platform().catalogue.features}
    measured = relations(_rows(definition), labels, forward, definition.lookahead)
    return {
        "rows": len(hours),
        "independent": independent,
        "lookahead": definition.lookahead,
        "least_rows": MIN_ROWS,
        "warning": OVERLAP.format(rows=len(hours), independent=independent)
        if len(hours) > independent
        else None,
        "relations": [{**vars(one), "group": groups[one.feature]} for one in measured],
    }


def _missingness(definition: LabelDefinition) -> Mapping[str, object]:
    shares = missingness(_rows(definition))
    by_group = shares.T.groupby([f.group for f in platform().catalogue.features], sort=False).mean()
    return {
        "months": [f"{month:%Y-%m}" for month in shares.index],
        "groups": [{"group": group, "share": share.to_numpy()} for group, share in by_group.iterrows()],
    }


def _overviews() -> Mapping[str, FeatureOverview]:
    return feature_overviews(held_rows(platform(), BEGINNING, END)[list(platform().catalogue.feature_names)])


def _cached(key: Hashable, make: Callable[[], T], *tables: str) -> T:
    token = (platform().catalogue.version, *(platform().warehouse.version_token(table) for table in tables))
    return platform().cache.get(key, make, token)


def _feature(feature: Feature, overview: FeatureOverview) -> dict[str, object]:
    series = [platform().catalogue.series[name] for name in feature.inputs]
    return {
        **{k: getattr(feature, k) for k in ("name", "group", "unit", "description", "transform", "inputs")},
        "cadence": series[0].cadence if series else "hourly",
        "sources": sorted({source.provider for one in series for source in one.sources}),
        **vars(overview),
    }
