"""Labels: list, preview and save."""

from collections.abc import Mapping
from typing import Annotated

from flask import Blueprint, Response
from msgspec import Meta
from msgspec.structs import asdict

from ppa.core.contracts.common import LabelId
from ppa.core.contracts.label import MAX_NAME_LENGTH
from ppa.core.contracts.record import Arguments
from ppa.core.errors import NotFound
from ppa.core.evaluation.profit import FEE
from ppa.core.labels.payoff import payoff
from ppa.core.labels.summary import LabelSummary, label_summary, stretches
from ppa.repository.labels import (
    SavedLabel,
    check_asset_has_data,
    find_label,
    list_labels,
    save_label,
)
from ppa_web.api.json_response import json_response
from ppa_web.api.tracking import experiment_of
from ppa_web.context import platform, user
from ppa_web.identity import require
from ppa_web.openapi.common_arguments import DefinitionQuery, Fee, Flag
from ppa_web.openapi.operation import operation
from ppa_web.responses import labels as shapes

labels = Blueprint("labels", __name__, url_prefix="/api/v1/labels")


class LabelsQuery(Arguments, frozen=True, kw_only=True):
    """Labels to list."""

    archived: Annotated[Flag, Meta(description="1 to include archived labels")] = "0"


class NewLabel(DefinitionQuery, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A label definition to save."""

    name: Annotated[
        Annotated[str, Meta(max_length=MAX_NAME_LENGTH)] | None,
        Meta(description="Name; the identifier by default", examples=["Up 2% in a day"]),
    ] = None


class PreviewQuery(DefinitionQuery, frozen=True, kw_only=True):
    """A label definition to try out."""

    fee: Fee = FEE


@labels.get("")
@operation(shapes.Labels)
def get_labels(query: LabelsQuery) -> Response:
    """Saved labels, newest first; archived ones only with `?archived=1`."""
    saved = list_labels(platform())
    shown = [label for label in saved if query.archived == "1" or label.archived_at is None]
    archived = sum(label.archived_at is not None for label in saved)
    return json_response({"labels": [label_json(label) for label in shown], "archived": archived})


@labels.post("")
@require("editor")
@operation({201: shapes.Label, 200: shapes.Label}, problems=(NotFound,))
def post_label(body: NewLabel) -> Response:
    """Save a label definition; 201 if it is new, 200 if it exists."""
    definition = body.definition()
    platform().catalogue.asset(definition.asset)
    label, new = save_label(platform(), definition, body.name or "", user())
    return json_response(label_json(label), 201 if new else 200)


@labels.get("/preview")
@operation(shapes.LabelPreview, problems=(NotFound,))
def preview(query: PreviewQuery) -> Response:
    """Labels that a definition would give, without saving it."""
    definition = query.definition()
    closes = check_asset_has_data(platform(), definition)
    values = definition.labels(closes)
    rises, unknown = stretches(values, 1, -1)
    return json_response(
        {
            "label_id": definition.label_id,
            "definition": definition.fields,
            "saved": definition.label_id in _saved_ids(),
            "summary": summary_json(label_summary(values, definition.lookahead)),
            "payoff": payoff(definition, closes, values, query.fee),
            "stretches": {"from": values.index.min(), "rises": rises, "unknown": unknown},
        }
    )


@labels.get("/<label_id>")
@operation(shapes.LabelDetails, problems=(NotFound,))
def get_label(label_id: LabelId) -> Response:
    """A saved label with its summary."""
    label = find_label(platform(), label_id)
    values = label.definition.labels(check_asset_has_data(platform(), label.definition))
    return json_response(
        {**label_json(label), "summary": summary_json(label_summary(values, label.definition.lookahead))}
    )


def label_json(label: SavedLabel) -> dict[str, object]:
    """JSON fields of a saved label."""
    saved = {
        "name": label.name,
        "created_at": label.created_at,
        "created_by": label.created_by,
        "models": label.models,
        "archived_at": label.archived_at,
        "archived_by": label.archived_by,
        "mlflow": experiment_of(label.label_id),
    }
    return {"label_id": label.label_id, **asdict(label.definition.fields), **saved}


def summary_json(held: LabelSummary) -> Mapping[str, object]:
    """JSON fields of a label's summary."""
    by_year = [(y.year, y.positives, y.positives + y.negatives) for y in held.by_year]
    return {
        "positives": held.positives,
        "negatives": held.negatives,
        "unknown": held.unknown,
        "share_positive": held.share,
        "independent_events": held.effective,
        "longest_run_hours": held.longest_run,
        "by_year": {str(year): ones / rows for year, ones, rows in by_year if rows},
        "warnings": held.warnings,
    }


def _saved_ids() -> frozenset[str]:
    token = platform().warehouse.version_token("labels")
    return platform().cache.get(
        "label ids", lambda: frozenset(label.label_id for label in list_labels(platform())), token
    )
