"""Saved labels beside each other: compare, archive, bring back."""

from itertools import combinations

from flask import Blueprint, Response

from ppa.core.errors import BadInput
from ppa.core.labels.agreement import label_agreement
from ppa.core.labels.summary import label_summary
from ppa.repository.labels import archive_label, check_asset_has_data, find_label, unarchive_label
from ppa_web.api.json_response import json_response
from ppa_web.api.labels import described, summary
from ppa_web.api.request_args import text
from ppa_web.context import platform, user
from ppa_web.identity import require

saved_labels = Blueprint("saved_labels", __name__, url_prefix="/api/v1/labels")

MAX_COMPARED = 4


@saved_labels.get("/comparison")
def compare() -> Response:
    """The labels named in `labels`, each with what it holds, and how far each two say the same of the same hours."""
    names = list(dict.fromkeys(name for name in text("labels").split(",") if name))
    if not 2 <= len(names) <= MAX_COMPARED:
        raise BadInput(f"Name 2 to {MAX_COMPARED} labels to compare, as labels=A,B; these are {len(names)}.")
    found = [find_label(platform(), name) for name in names]
    known = [label.definition.labels(check_asset_has_data(platform(), label.definition)) for label in found]
    held = [label_summary(k, label.definition.lookahead) for label, k in zip(found, known, strict=True)]
    pairs = combinations(zip(names, known, strict=True), 2)
    return json_response(
        {
            "labels": [{**described(one), "summary": summary(h)} for one, h in zip(found, held, strict=True)],
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
    return json_response(described(archive_label(platform(), label_id, user())))


@saved_labels.delete("/<label_id>/archived")
@require("editor")
def delete_archived(label_id: str) -> Response:
    """Show a label in the lists again."""
    return json_response(described(unarchive_label(platform(), label_id)))
