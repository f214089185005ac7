"""Scheduled training: a challenger on a rolling window, through the same gate as every upload. Never activated."""

import json
import logging

import pandas as pd

from ppa.core.errors import PpaError
from ppa.gate.metadata import parse_metadata
from ppa.gate.registration import register
from ppa.modelfiles.files import dump_model
from ppa.modelfiles.training import fit, make_estimator
from ppa.outside.alerts import raise_alert
from ppa.outside.alerts.kinds import RETRAIN_FAILED, RETRAIN_STARTED, RETRAINED
from ppa.platform import Platform
from ppa.repository.aliases import set_alias
from ppa.repository.dataset import build_dataset
from ppa.repository.labels import find_label
from ppa.repository.models import CHALLENGER, RegisteredModel, list_models
from ppa.repository.policies import ModelPolicy

logger = logging.getLogger("ppa.jobs")

# an hourly job is a little late or early: a training is due with the run nearest to its time
SLACK = pd.Timedelta(minutes=30)


def retrain_if_due(platform: Platform, rule: ModelPolicy) -> RegisteredModel | None:
    """Train and register the label's challenger where its time has come; at most once a day, also where it fails."""
    now = platform.now()
    if not rule.retrains or not _due(platform, rule, now):
        return None
    day = f"{now:%Y-%m-%d}"
    # whoever writes this row trains: of two runs at once one does, and one that was killed is made up for tomorrow
    if not raise_alert(platform, RETRAIN_STARTED, rule.scope, day, f"Training a challenger of {rule.scope}."):
        return None
    try:
        model = retrain(platform, rule)
    except PpaError as error:
        logger.warning("retraining %s failed: %s", rule.scope, error)
        raise_alert(platform, RETRAIN_FAILED, rule.scope, day, f"No challenger was trained: {error}")
        return None
    said = f"{model.model_id} was trained on the last {rule.retrain_window_days} days and is the challenger."
    raise_alert(platform, RETRAINED, rule.scope, model.model_id, said, model_id=model.model_id)
    return model


def retrain(platform: Platform, rule: ModelPolicy) -> RegisteredModel:
    """Fit the rule's estimator on its window and pass it through the gate; Refused or BadInput where that fails."""
    label = find_label(platform, rule.scope)
    since = platform.now() - pd.Timedelta(days=rule.retrain_window_days or 0)
    dataset = build_dataset(platform, label, since)
    manifest = dataset.manifest()
    estimator, metadata = fit(
        dataset.frame, manifest, make_estimator(rule.retrain_estimator or ""), model_name(rule)
    )
    by, said = f"retraining, by the rule of {rule.by}", parse_metadata(json.dumps(metadata))
    model = register(platform, dump_model(estimator), said, by, manifest=manifest)
    return set_alias(platform, model.model_id, CHALLENGER, by)


def model_name(rule: ModelPolicy) -> str:
    """The name whose versions are a rule's challengers."""
    return f"retrained-{rule.retrain_estimator}-{rule.scope}"[:48].rstrip("-")


def _due(platform: Platform, rule: ModelPolicy, now: pd.Timestamp) -> bool:
    name = model_name(rule)
    made = [model.uploaded_at for model in list_models(platform) if model.name == name]
    return not made or max(made) + pd.Timedelta(days=rule.retrain_every_days or 0) - SLACK <= now
