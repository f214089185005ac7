"""Relations between features and a label, for a saved label or an unsaved definition."""

from collections.abc import Callable, Hashable, Mapping
from functools import partial
from typing import TypeVar

import pandas as pd
from flask import Blueprint, Response, request

from ppa.core.catalogue import Feature
from ppa.core.features.exploration import MIN_ROWS, distribution, forward_return, missingness, relations
from ppa.core.features.overview import FeatureOverview, feature_overviews
from ppa.core.labels.definition import LabelDefinition, clock_hours
from ppa.core.labels.summary import count_non_overlapping
from ppa.core.times import BEGINNING, END, utc
from ppa.repository.labels import check_asset_has_data, find_label
from ppa.repository.rows import held_rows
from ppa_web.api.json_response import json_response
from ppa_web.api.request_args import label_definition, text
from ppa_web.context import platform

T = TypeVar("T")

explore = Blueprint("explore", __name__, url_prefix="/api/v1")

OVERLAP = (
    "{rows:,} rows contain only {independent:,} non-overlapping windows: adjacent rows share outcomes, so "
    "standard tests overstate significance. The significance shown here counts windows, not rows."
)


@explore.get("/features")
def features() -> Response:
    """Features of a row, in order, with sources, coverage and a sparkline."""
    overviews = _cached("feature overviews", _overviews, "features_hourly")
    listed = [_feature(feature, overviews[feature.name]) for feature in platform().catalogue.features]
    return json_response({"features": listed})


@explore.get("/explore/relations")
@explore.get("/labels/<label_id>/explore/relations")
def get_relations(label_id: str | None = None) -> Response:
    """Correlation of each feature with the forward return, and its mutual information with the label."""
    definition = _definition(label_id)
    return json_response(
        _cached(
            ("relations", definition.label_id),
            partial(_relations, definition),
            "features_hourly",
            "observations",
        )
    )


@explore.get("/explore/distribution")
@explore.get("/labels/<label_id>/explore/distribution")
def get_distribution(label_id: str | None = None) -> Response:
    """Histogram of `feature` by class, on common bins."""
    definition, feature = _definition(label_id), platform().catalogue.feature(text("feature"))
    labels = definition.labels(check_asset_has_data(platform(), definition))
    classes = distribution(_rows(definition)[feature.name], labels)
    head = {"feature": feature.name, "unit": feature.unit, "description": feature.description}
    if classes is None:
        return json_response({**head, "edges": [], "zeros": [], "ones": [], "missing": {}})
    zeros, ones = classes.counts
    missing = dict(zip(("zeros", "ones"), classes.missing, strict=True))
    return json_response({**head, "edges": classes.edges, "zeros": zeros, "ones": ones, "missing": missing})


@explore.get("/explore/missingness")
@explore.get("/labels/<label_id>/explore/missingness")
def get_missingness(label_id: str | None = None) -> Response:
    """Share of hours without a value by month, for each group of features and for `feature` if given."""
    definition = _definition(label_id)
    groups = _cached(
        ("missingness", definition.start, definition.end),
        partial(_missingness, definition),
        "features_hourly",
    )
    if not text("feature"):
        return json_response(groups)
    feature = platform().catalogue.feature(text("feature"))
    return json_response(
        {
            **groups,
            "feature": feature.name,
            "values": missingness(_rows(definition)[[feature.name]])[feature.name],
        }
    )


def _definition(label_id: str | None) -> LabelDefinition:
    return find_label(platform(), label_id).definition if label_id else label_definition(request.args)


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
