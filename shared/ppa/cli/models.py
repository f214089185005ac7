"""Commands for models: training, upload, activation and registry."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from ppa.cli.doctor import doctor_
from ppa.cli.options import api
from ppa.cli.show import console, follow, progress_bar, show_figures, show_table, show_verdict
from ppa.cli.upload import upload_
from ppa.client.api import ApiProblem


@click.command()
@click.argument("dataset", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--label", "label_id", help="Label whose dataset is downloaded.")
@click.option("--estimator", default="boosting", show_default=True, help="logistic, forest or boosting.")
@click.option("--name", help="Name of the model; by default that of the estimator.")
def train(dataset: Path | None, label_id: str | None, estimator: str, name: str | None) -> None:
    """Train a model on DATASET, a downloaded file with its manifest beside it, or on a label; upload it.

    The model is one of three simple pipelines, trained with a purged split.
    """
    from ppa.cli.training import train_model
    from ppa.client.app import App
    from ppa.client.data import read_dataset

    if (dataset is None) == (label_id is None):
        raise click.UsageError("Give either a dataset's file or --label.")
    with api() as connected, progress_bar() as bar:
        task = bar.add_task("starting", total=None)

        def on_progress(stage: str, done: int, of: int) -> None:
            bar.update(task, description=stage, completed=done, total=of or None)

        on_progress("reading the dataset", 0, 0)
        data = read_dataset(dataset) if dataset else App(connected).dataset(label_id)
        model = train_model(connected, data, estimator, name or estimator, on_progress, show_verdict)
        bar.remove_task(task)
    show_figures(model)


@click.group()
def models() -> None:
    """Upload, list, activate and manage models."""


models.add_command(upload_)
models.add_command(doctor_)


@models.command("list")
@click.option("--label", "label_id", help="Only models of this label.")
def list_(label_id: str | None) -> None:
    """List models with their test metrics."""
    with api() as connected:
        listed = connected.get("models", label_id=label_id)["models"]
    rows = [{**model, **model["metrics"], "alias": ", ".join(model["aliases"])} for model in listed]
    columns = ["model_id", "label_id", "active", "alias", "accuracy", "base_rate", "roc_auc", "effective_n"]
    show_table("Models", rows, columns)


@models.command("convert")
def convert_() -> None:
    """Convert the models that were stored before models were programs.

    Only programs predict. A conversion is an event of the model; its probabilities may change in their last digits.
    Exits with 1 if a model cannot be converted.
    """
    failed = False
    with api() as connected:
        waiting = [model for model in connected.get("models")["models"] if not model["converted"]]
        for model in waiting:
            name = model["model_id"]
            try:
                connected.send("POST", f"models/{name}/program")
                _say(f"{name} is converted; its probabilities may differ in their last digits.")
            except ApiProblem as problem:
                failed = True
                _say(f"{name} is not converted: {problem}")
    if not waiting:
        _say("Every model is a program.")
    if failed:
        raise click.exceptions.Exit(1)


@models.command()
@click.argument("model_id")
@click.option("--as", "alias", type=click.Choice(["champion", "challenger"]), help="Alias to give it.")
def activate(model_id: str, alias: str | None) -> None:
    """Activate a model.

    Recent predictions are backfilled, and the model predicts every hour from now on.
    """
    with api() as connected:
        model = follow(
            connected.events(f"models/{model_id}/activation", json={"alias": alias} if alias else {})
        )
    _say(f"{model_id} is active{_as(model)}.")


@models.command()
@click.argument("model_id")
def deactivate(model_id: str) -> None:
    """Stop the predictions of a model; nothing is deleted."""
    with api() as connected:
        connected.send("DELETE", f"models/{model_id}/activation")
    _say(f"{model_id} is no longer active.")


@models.command()
@click.argument("model_id")
@click.argument("alias", type=click.Choice(["champion", "challenger", "none"]))
def alias(model_id: str, alias: str) -> None:
    """Make a model champion or challenger of its label, or remove its alias."""
    with api() as connected:
        if alias == "none":
            for borne in connected.get(f"models/{model_id}")["aliases"]:
                connected.send("DELETE", f"models/{model_id}/aliases/{borne}")
        else:
            connected.send("PUT", f"models/{model_id}/aliases/{alias}")
    _say(f"{model_id} is {'neither champion nor challenger' if alias == 'none' else alias}.")


@models.command()
@click.argument("model_id")
def rollback(model_id: str) -> None:
    """Restore the champion that preceded this model."""
    with api() as connected:
        model = connected.send("POST", f"models/{model_id}/rollback")
    _say(f"{model['model_id']} is champion again.")


@models.command()
@click.argument("model_id")
@click.option("--notes", help="Replace the notes.")
@click.option("--tag", "tags", multiple=True, help="Replace the tags; repeatable.")
@click.option("--expires-after", type=int, help="Days from now until the model expires; 0 for never.")
def edit(model_id: str, notes: str | None, tags: tuple[str, ...], expires_after: int | None) -> None:
    """Change a model's notes, tags or expiry."""
    given = {"notes": notes, "tags": list(tags) or None}
    changes: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    if expires_after is not None:
        changes["expires_after_days"] = expires_after or None
    with api() as connected:
        connected.send("PATCH", f"models/{model_id}", json=changes)
    _say(f"{model_id}: {', '.join(changes)} saved.")


@models.command()
@click.argument("model_id")
def history(model_id: str) -> None:
    """Show the events of a model, with time and user."""
    with api() as connected:
        events = connected.get(f"models/{model_id}/history")["events"]
    show_table(f"History of {model_id}", events, ["at", "event", "detail", "by"])


def _as(model: Mapping[str, Any]) -> str:
    return f" as {model['aliases'][0]}" if model["aliases"] else ""


def _say(sentence: str) -> None:
    console.print(sentence, highlight=False)
