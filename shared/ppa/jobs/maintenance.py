"""Maintenance after each hour's predictions: finish withdrawals, apply policies, train challengers, send alerts."""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence

import pandas as pd

from ppa.core.contracts.policy import ModelPolicy
from ppa.core.origins import LIVE
from ppa.core.times import BEGINNING
from ppa.jobs.import_batches import finish_withdrawals
from ppa.jobs.predict import predict
from ppa.jobs.retrain import retrain_if_due
from ppa.jobs.shards import WHOLE, Shard
from ppa.outside.alerts import alerts, deliver, raise_alert
from ppa.outside.alerts.kinds import ABOVE_BASE, BELOW_BASE, MODEL_EXPIRED
from ppa.platform import Platform
from ppa.reports.performance import measure_performance
from ppa.repository.model_events import EXPIRY_SET, append_event
from ppa.repository.models import RegisteredModel, active_models
from ppa.repository.policies import policies, policy_for

logger = logging.getLogger("ppa.jobs")

# with a smaller effective sample size, the interval of accuracy includes every base rate
MIN_OUTCOMES = 30
# hour (UTC) of the daily accuracy check; accuracy changes slowly
WARNING_HOUR = 0


def predict_and_maintain(
    platform: Platform, scheduled_for: pd.Timestamp, shard: Shard = WHOLE
) -> Mapping[str, object]:
    """Predict the closed hour and then, in the first shard, run the maintenance."""
    result = predict(platform, scheduled_for, shard)
    maintenance = maintain(platform, scheduled_for) if shard.first else {}
    return {**result, **({"upkeep": maintenance} if maintenance else {})}


def maintain(platform: Platform, scheduled_for: pd.Timestamp) -> Mapping[str, object]:
    """Apply policies and send alerts; a step that fails is reported in the result and does not stop the others."""
    in_force = policies(platform)
    models = active_models(platform)
    steps: dict[str, Callable[[], object]] = {
        "withdrawn": lambda: finish_withdrawals(platform),
        "expiring": lambda: sum(1 for _ in _set_expiries(platform, models, in_force)),
        "expired": lambda: sum(1 for _ in _alert_expired(platform, models)),
    }
    if scheduled_for.hour == WARNING_HOUR:
        steps["warned"] = lambda: sum(1 for _ in _alert_crossings(platform, models, in_force))
    steps |= {
        "trained": lambda: _retrain(platform, list(in_force.values())),
        "alerts": lambda: deliver(platform),
    }
    results = {name: _try(name, step) for name, step in steps.items()}
    return {name: it for name, it in results.items() if it and it != {"delivered": 0, "refused": 0}}


def _try(name: str, step: Callable[[], object]) -> object:
    try:
        return step()
    except Exception as error:
        logger.exception("maintenance: %s failed", name)
        return f"failed: {error}"


def _set_expiries(
    platform: Platform, models: Sequence[RegisteredModel], in_force: Mapping[str, ModelPolicy]
) -> Iterator[RegisteredModel]:
    """Set the policy's expiry on active models without one; yields the changed models."""
    for model in models:
        policy = policy_for(in_force, model.label_id)
        if policy.expire_after_days is not None and model.expires_at is None:
            moment = model.uploaded_at + pd.Timedelta(days=policy.expire_after_days)
            append_event(
                platform, model.model_id, EXPIRY_SET, f"the policy of {policy.by}", moment.isoformat()
            )
            yield model


def _alert_expired(platform: Platform, models: Sequence[RegisteredModel]) -> Iterator[RegisteredModel]:
    """Raise an alert for every expired model, once; yields these models."""
    now = platform.now()
    for model in models:
        if model.expires_at is not None and model.expired(now):
            message = f"{model.model_id} expired on {model.expires_at:%Y-%m-%d %H:%M} and no longer predicts."
            if raise_alert(platform, MODEL_EXPIRED, model.model_id, model.expires_at.isoformat(), message):
                yield model


def _alert_crossings(
    platform: Platform, models: Sequence[RegisteredModel], in_force: Mapping[str, ModelPolicy]
) -> Iterator[str]:
    """Raise an alert when the lower bound of live accuracy crosses the base rate; yields the models' identifiers."""
    watched = [m for m in models if policy_for(in_force, m.label_id).warn_below_base]
    if not watched:
        return
    previous = _last_crossings(platform)
    for model in watched:
        if _alert_crossing(platform, model, previous.get(model.model_id, ABOVE_BASE)):
            yield model.model_id


def _alert_crossing(platform: Platform, model: RegisteredModel, previous: str) -> bool:
    """Raise an alert if live accuracy is on the other side of the base rate than before; return True if raised."""
    performance = measure_performance(platform, model, LIVE)
    evaluation = performance.evaluation
    if evaluation is None or evaluation.effective < MIN_OUTCOMES:
        return False
    low = evaluation.interval.low
    base = max(rate for rate in performance.base_rates.values() if rate is not None)
    kind = BELOW_BASE if low < base else ABOVE_BASE
    if kind == previous:
        return False
    where = "below" if kind == BELOW_BASE else "no longer below"
    message = f"The lower bound of {model.model_id}'s live accuracy, {low:.1%}, is {where} the base rate, {base:.1%}."
    figures = {"accuracy_low": low, "base_rate": base, "outcomes": evaluation.effective}
    return raise_alert(platform, kind, model.model_id, f"{platform.now():%Y-%m-%d}", message, **figures)


def _last_crossings(platform: Platform) -> Mapping[str, str]:
    """Return the kind of each model's latest crossing, by model identifier."""
    crossings = [a for a in alerts(platform, BEGINNING, 10_000) if a.kind in (BELOW_BASE, ABOVE_BASE)]
    return {alert.subject: alert.kind for alert in reversed(crossings)}


def _retrain(platform: Platform, in_force: Sequence[ModelPolicy]) -> list[str]:
    """Train at most one challenger, as a run must end within the hour; return its identifier."""
    for policy in in_force:
        model = retrain_if_due(platform, policy)
        if model:
            return [model.model_id]
    return []
