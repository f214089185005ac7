"""Saved labels beside each other: compare, archive, bring back."""

from itertools import combinations

from flask import Blueprint, Response

from frontend.api.arguments import text
from frontend.api.encoding import answer
from frontend.api.labels import described, summary
from frontend.context import platform, user
from frontend.identity import require
from shared.errors import BadInput
from shared.labels.agreement import label_agreement
from shared.labels.saved import archive_label, check_asset_has_data, find_label, unarchive_label
from shared.labels.stats import label_summary

saved_labels = Blueprint("saved_labels", __name__, url_prefix="/api/v1/labels")

MOST_COMPARED = 4


@saved_labels.get("/comparison")
def compare() -> Response:
    """The labels named in `labels`, each with what it holds, and how far each two say the same of the same hours."""
    names = list(dict.fromkeys(name for name in text("labels").split(",") if name))
    if not 2 <= len(names) <= MOST_COMPARED:
        raise BadInput(f"Name 2 to {MOST_COMPARED} labels to compare, as labels=A,B; these are {len(names)}.")
    found = [find_label(platform(), name) for name in names]
    known = [label.spec.labels(check_asset_has_data(platform(), label.spec)) for label in found]
    held = [label_summary(k, label.spec.lookahead) for label, k in zip(found, known, strict=True)]
    pairs = combinations(zip(names, known, strict=True), 2)
    return answer(
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
    return answer(described(archive_label(platform(), label_id, user())))


@saved_labels.delete("/<label_id>/archived")
@require("editor")
def delete_archived(label_id: str) -> Response:
    """Show a label in the lists again."""
    return answer(described(unarchive_label(platform(), label_id)))
