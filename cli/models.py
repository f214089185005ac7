"""Commands about models: train, upload, list, activate."""

import json
from pathlib import Path
from typing import Any

import click

from cli.options import api
from cli.show import console, follow, show_table
from cli.training import read_estimator, train_model, upload
from shared.errors import BadInput


@click.command()
@click.option("--label", "label_id", required=True, help="Label to train on.")
@click.option("--estimator", default="boosting", show_default=True, help="logistic, forest or boosting")
@click.option("--name", help="Name of the model; the estimator's where left out.")
def train(label_id: str, estimator: str, name: str | None) -> None:
    """Train one of three plain pipelines on a label, with a purged split, and upload it."""
    with api() as connected, console.status(f"training {estimator}"):
        model = train_model(connected, label_id, estimator, name or estimator)
    _show(model)


@click.group()
def models() -> None:
    """Upload, list and activate models."""


@models.command("list")
@click.option("--label", "label_id", help="Only models of this label.")
def list_(label_id: str | None) -> None:
    """List models with their test figures."""
    with api() as connected:
        listed = connected.get("models", label_id=label_id)["models"]
    rows = [{**model, **model["metrics"]} for model in listed]
    show_table(
        "Models", rows, ["model_id", "label_id", "active", "accuracy", "base_rate", "roc_auc", "effective_n"]
    )


@models.command("upload")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--metadata", required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
def upload_(file: Path, metadata: Path) -> None:
    """Upload a model: a .skops file, or a .joblib file of your own, converted here."""
    described = _read_metadata(metadata)
    with api() as connected, console.status("the platform examines the file"):
        model = upload(connected, read_estimator(file), described)
    _show(model)


@models.command()
@click.argument("model_id")
def activate(model_id: str) -> None:
    """Buffer recent predictions, and predict every hour from now on."""
    with api() as connected:
        follow(connected.events(f"models/{model_id}/activation"))
    console.print(f"{model_id} is active.", highlight=False)


@models.command()
@click.argument("model_id")
def deactivate(model_id: str) -> None:
    """Predict no more; nothing is deleted."""
    with api() as connected:
        connected.send("DELETE", f"models/{model_id}/activation")
    console.print(f"{model_id} is no longer active.", highlight=False)


def _read_metadata(path: Path) -> dict[str, Any]:
    try:
        described = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise BadInput(f"{path.name} is no valid JSON: {error}.") from None
    if not isinstance(described, dict):
        raise BadInput(f"{path.name} must hold a JSON object.")
    return described


def _show(model: dict[str, Any]) -> None:
    figures = model["metrics"]
    console.print(
        f"{model['model_id']}: accuracy {figures['accuracy']:.1%} "
        f"({figures['accuracy_low']:.1%} to {figures['accuracy_high']:.1%}), base rate {figures['base_rate']:.1%}, "
        f"{figures['n']:,} test rows, {figures['effective_n']:,} independent.",
        highlight=False,
    )
