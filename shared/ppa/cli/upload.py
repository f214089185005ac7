"""`ppa models upload`: a model, its dataset's manifest and what its author says, through the gate."""

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
@click.option("--metadata", type=FILE, help="JSON of what the options say, and more; options come first.")
@click.option("--manifest", type=FILE, help="The manifest.json that came with the dataset.")
@click.option("--label", "label_id", help="Label it was trained on; the manifest's where left out.")
@click.option("--name", help="Name of the model: lower-case letters, digits and hyphens.")
@click.option("--train-from", help="First hour of the training rows, UTC.")
@click.option("--train-to", help="Last hour of the training rows, UTC.")
@click.option("--threshold", "decision_threshold", type=float, help="Probability from which it says rise.")
@click.option("--notes", help="A note of your own.")
@click.option("--tag", "tags", multiple=True, help="A tag; repeat it for more.")
@click.option("--metric", "metrics", multiple=True, help="A figure of your own, as name=number; repeatable.")
@click.option("--expires-after", "expires_after_days", type=int, help="Days after which it stops predicting.")
def upload_(
    file: Path,
    metadata: Path | None,
    manifest: Path | None,
    tags: Sequence[str],
    metrics: Sequence[str],
    **said: Any,
) -> None:
    """Upload a model: a .skops file, or a .joblib file of your own, converted here.

    Every step of the gate says what it found, whether the model is taken or refused.
    """
    from ppa.cli.training import read_estimator, upload
    from ppa.modelfiles.training import library_versions

    described = _read_json(metadata) if metadata else {}
    of_dataset = _read_json(manifest) if manifest else None
    described |= {name: value for name, value in said.items() if value is not None}
    if tags:
        described["tags"] = list(tags)
    if metrics:
        described["user_metrics"] = _figures(metrics)
    if of_dataset:
        described.setdefault("label_id", of_dataset.get("label_id"))
    if file.suffix == ".joblib":
        described.setdefault("libraries", library_versions())
    data = read_estimator(file)
    with api() as connected, console.status("the platform examines the file"):
        model = upload(connected, data, described, of_dataset, show_verdict)
    show_figures(model)


def _figures(texts: Sequence[str]) -> Mapping[str, float]:
    figures = {}
    for text in texts:
        name, _, number = text.partition("=")
        try:
            figures[name.strip()] = float(number)
        except ValueError:
            raise BadInput(f"--metric {text!r} is no figure: write it as accuracy=0.61.") from None
    return figures


def _read_json(path: Path) -> dict[str, Any]:
    try:
        described = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise BadInput(f"{path.name} is no valid JSON: {error}.") from None
    if not isinstance(described, dict):
        raise BadInput(f"{path.name} must hold a JSON object.")
    return described
