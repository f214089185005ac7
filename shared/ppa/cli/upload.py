"""Command `ppa models upload`: a model with its metadata and its dataset's manifest."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from ppa.cli.options import api
from ppa.cli.show import console, show_figures, show_verdict
from ppa.core.errors import BadInput

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("upload")
@click.argument("file", type=FILE)
@click.option("--metadata", type=FILE, help="JSON file of metadata; options override it.")
@click.option("--manifest", type=FILE, help="The manifest.json of the training dataset.")
@click.option("--label", "label_id", help="Label of the training; by default that of the manifest.")
@click.option("--name", help="Name of the model: lower-case letters, digits and hyphens.")
@click.option("--train-from", help="First hour of the training rows, UTC.")
@click.option("--train-to", help="Last hour of the training rows, UTC.")
@click.option(
    "--threshold",
    "decision_threshold",
    type=float,
    help="Decision threshold: probability from which the decision is 1.",
)
@click.option("--notes", help="Notes.")
@click.option("--tag", "tags", multiple=True, help="Tag; repeatable.")
@click.option("--metric", "metrics", multiple=True, help="Metric of your own, as name=number; repeatable.")
@click.option("--expires-after", "expires_after_days", type=int, help="Days until the model expires.")
def upload_(
    file: Path,
    metadata: Path | None,
    manifest: Path | None,
    tags: Sequence[str],
    metrics: Sequence[str],
    **options: Any,
) -> None:
    """Upload a model: a .ppa bundle, a .skops file, or a .joblib or .pkl file of your own, converted here.

    The verdict of each upload check is printed, and whether the model was registered.
    """
    from ppa.client.modelfile import is_pickle, read_estimator
    from ppa.client.upload import upload_file
    from ppa.modelfiles.training import library_versions

    description = _read_json(metadata) if metadata else {}
    of_dataset = _read_json(manifest) if manifest else None
    description |= {name: value for name, value in options.items() if value is not None}
    if tags:
        description["tags"] = list(tags)
    if metrics:
        description["user_metrics"] = _figures(metrics)
    if of_dataset:
        description.setdefault("label_id", of_dataset.get("label_id"))
    if is_pickle(file):
        description.setdefault("libraries", library_versions())
    data = read_estimator(file)
    with api() as connected, console.status("running the upload checks"):
        model = upload_file(connected, data, description, of_dataset, show_verdict)
    show_figures(model)


def _figures(texts: Sequence[str]) -> Mapping[str, float]:
    figures = {}
    for text in texts:
        name, _, number = text.partition("=")
        try:
            figures[name.strip()] = float(number)
        except ValueError:
            raise BadInput(f"--metric {text!r} is not a number; write it as accuracy=0.61.") from None
    return figures


def _read_json(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise BadInput(f"{path.name} is not valid JSON: {error}.") from None
    if not isinstance(content, dict):
        raise BadInput(f"{path.name} must contain a JSON object.")
    return content
