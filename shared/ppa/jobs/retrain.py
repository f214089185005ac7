"""Scheduled training of challengers on a rolling window, through the same gate as uploads; never activates them."""

import json
import logging

import pandas as pd

from ppa.core.contracts.conversion import converted
from ppa.core.contracts.dataset import Manifest
from ppa.core.contracts.policy import ModelPolicy
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

logger = logging.getLogger("ppa.jobs")

# the hourly job runs a little late or early; training starts with the run nearest to its due time
SLACK = pd.Timedelta(minutes=30)


def retrain_if_due(platform: Platform, policy: ModelPolicy) -> RegisteredModel | None:
    """Train and register the label's challenger if it is due; at most once a day, even if training fails."""
    now = platform.now()
    if not policy.retrains or not _due(platform, policy, now):
        return None
    day = f"{now:%Y-%m-%d}"
    # the alert's row acts as a lock: of two concurrent runs only one trains; an interrupted one is retried tomorrow
    if not raise_alert(
        platform, RETRAIN_STARTED, policy.scope, day, f"Training a challenger of {policy.scope}."
    ):
        return None
    try:
        model = retrain(platform, policy)
    except PpaError as error:
        logger.warning("retraining %s failed: %s", policy.scope, error)
        raise_alert(platform, RETRAIN_FAILED, policy.scope, day, f"No challenger was trained: {error}")
        return None
    message = (
        f"{model.model_id} was trained on the last {policy.retrain_window_days} days and is the challenger."
    )
    raise_alert(platform, RETRAINED, policy.scope, model.model_id, message, model_id=model.model_id)
    return model


def retrain(platform: Platform, policy: ModelPolicy) -> RegisteredModel:
    """Fit the policy's estimator on its window and register it as challenger; raises Refused or BadInput."""
    label = find_label(platform, policy.scope)
    since = platform.now() - pd.Timedelta(days=policy.retrain_window_days or 0)
    dataset = build_dataset(platform, label, since)
    manifest = dataset.manifest()
    estimator, metadata = fit(
        dataset.frame, manifest, make_estimator(policy.retrain_estimator or ""), model_name(policy)
    )
    by = f"retraining, by the policy of {policy.by}"
    parsed = parse_metadata(json.dumps(metadata))
    model = register(platform, dump_model(estimator), parsed, by, manifest=converted(Manifest, manifest))
    return set_alias(platform, model.model_id, CHALLENGER, by)


def model_name(policy: ModelPolicy) -> str:
    """Return the model name shared by all challengers of a policy."""
    return f"retrained-{policy.retrain_estimator}-{policy.scope}"[:48].rstrip("-")


def _due(platform: Platform, policy: ModelPolicy, now: pd.Timestamp) -> bool:
    name = model_name(policy)
    trained_at = [model.uploaded_at for model in list_models(platform) if model.name == name]
    return (
        not trained_at or max(trained_at) + pd.Timedelta(days=policy.retrain_every_days or 0) - SLACK <= now
    )
