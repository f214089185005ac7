"""Saved labels: compare, archive and restore."""

from collections.abc import Iterator
from itertools import combinations
from typing import Annotated

from flask import Blueprint, Response
from msgspec import Meta

from ppa.core.contracts.common import LabelId
from ppa.core.contracts.problem import WrongField
from ppa.core.contracts.record import Arguments
from ppa.core.errors import Conflict, NotFound
from ppa.core.labels.agreement import label_agreement
from ppa.core.labels.summary import label_summary
from ppa.repository.labels import archive_label, check_asset_has_data, find_label, unarchive_label
from ppa_web.api.json_response import json_response
from ppa_web.api.labels import label_json, summary_json
from ppa_web.context import platform, user
from ppa_web.identity import require
from ppa_web.openapi.common_arguments import SET_OFF_BY_COMMAS
from ppa_web.openapi.operation import operation
from ppa_web.responses.labels import Label, LabelComparison

saved_labels = Blueprint("saved_labels", __name__, url_prefix="/api/v1/labels")

MAX_COMPARED = 4


class LabelComparisonQuery(Arguments, frozen=True, kw_only=True):
    """Labels to compare."""

    labels: Annotated[
        tuple[LabelId, ...],
        Meta(
            min_length=2,
            max_length=MAX_COMPARED,
            description=f"Labels, {SET_OFF_BY_COMMAS}",
            examples=[["btc-touch-24h-200bp-6fe69e", "btc-touch-6h-100bp-e16a99"]],
        ),
    ]

    @property
    def names(self) -> list[str]:
        """The labels without duplicates."""
        return list(dict.fromkeys(self.labels))

    def conflicts(self) -> Iterator[WrongField]:
        """Yield the labels if only one is named, twice."""
        if len(self.names) < 2:
            yield WrongField("labels", f"labels names only {self.names[0]}.", "Name another one as well.")


@saved_labels.get("/comparison")
@operation(LabelComparison, problems=(NotFound,))
def compare(query: LabelComparisonQuery) -> Response:
    """Compare the labels named in `labels`: a summary of each, and the agreement of each pair on common hours."""
    names = query.names
    labels = [find_label(platform(), name) for name in names]
    values = [label.definition.labels(check_asset_has_data(platform(), label.definition)) for label in labels]
    held = [label_summary(k, label.definition.lookahead) for label, k in zip(labels, values, strict=True)]
    pairs = combinations(zip(names, values, strict=True), 2)
    return json_response(
        {
            "labels": [
                {**label_json(one), "summary": summary_json(h)} for one, h in zip(labels, held, strict=True)
            ],
            "pairs": [
                {"first": a, "second": b, **vars(label_agreement(one, other))}
                for (a, one), (b, other) in pairs
            ],
        }
    )


@saved_labels.put("/<label_id>/archived")
@require("editor")
@operation(Label, problems=(NotFound, Conflict))
def put_archived(label_id: LabelId) -> Response:
    """Hide a label from the lists; nothing is deleted."""
    return json_response(label_json(archive_label(platform(), label_id, user())))


@saved_labels.delete("/<label_id>/archived")
@require("editor")
@operation(Label, problems=(NotFound,))
def delete_archived(label_id: LabelId) -> Response:
    """Restore an archived label to the lists."""
    return json_response(label_json(unarchive_label(platform(), label_id)))
