"""Saved labels: compare, archive and restore."""

from itertools import combinations

from flask import Blueprint, Response

from ppa.core.errors import BadInput
from ppa.core.labels.agreement import label_agreement
from ppa.core.labels.summary import label_summary
from ppa.repository.labels import archive_label, check_asset_has_data, find_label, unarchive_label
from ppa_web.api.json_response import json_response
from ppa_web.api.labels import label_json, summary_json
from ppa_web.api.request_args import text
from ppa_web.context import platform, user
from ppa_web.identity import require

saved_labels = Blueprint("saved_labels", __name__, url_prefix="/api/v1/labels")

MAX_COMPARED = 4


@saved_labels.get("/comparison")
def compare() -> Response:
    """Compare the labels named in `labels`: a summary of each, and the agreement of each pair on common hours."""
    names = list(dict.fromkeys(name for name in text("labels").split(",") if name))
    if not 2 <= len(names) <= MAX_COMPARED:
        raise BadInput(f"{len(names)} labels were named; name 2 to {MAX_COMPARED}, as labels=A,B.")
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
def put_archived(label_id: str) -> Response:
    """Hide a label from the lists; nothing is deleted."""
    return json_response(label_json(archive_label(platform(), label_id, user())))


@saved_labels.delete("/<label_id>/archived")
@require("editor")
def delete_archived(label_id: str) -> Response:
    """Restore an archived label to the lists."""
    return json_response(label_json(unarchive_label(platform(), label_id)))
