"""What follows each hour's predictions: rules are kept, challengers are trained, alerts are sent."""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence

import pandas as pd

from ppa.core.origins import LIVE
from ppa.core.times import BEGINNING
from ppa.jobs.predict import predict
from ppa.jobs.retrain import retrain_if_due
from ppa.jobs.shards import WHOLE, Shard
from ppa.outside.alerts import alerts, deliver, raise_alert
from ppa.outside.alerts.kinds import ABOVE_BASE, BELOW_BASE, MODEL_EXPIRED
from ppa.platform import Platform
from ppa.reports.performance import measure_performance
from ppa.repository.model_events import EXPIRY_SET, append_event
from ppa.repository.models import RegisteredModel, active_models
from ppa.repository.policies import ModelPolicy, policies, policy_for

logger = logging.getLogger("ppa.jobs")

# fewer independent outcomes tell nothing: their interval reaches under every base rate
MIN_OUTCOMES = 30
# accuracy moves slowly: it is looked at in the run of one hour a day, UTC
WARNING_HOUR = 0


def hourly(platform: Platform, scheduled_for: pd.Timestamp, shard: Shard = WHOLE) -> Mapping[str, object]:
    """The hourly job: predictions first, then, in the first shard, what follows them."""
    predicted = predict(platform, scheduled_for, shard)
    followed = maintain(platform, scheduled_for) if shard.first else {}
    return {**predicted, **({"upkeep": followed} if followed else {})}


def maintain(platform: Platform, scheduled_for: pd.Timestamp) -> Mapping[str, object]:
    """Keep the rules and send alerts; what fails is said in the result, and keeps nothing else from being done."""
    known = policies(platform)
    models = active_models(platform)
    steps: dict[str, Callable[[], object]] = {
        "expiring": lambda: sum(1 for _ in _expiring(platform, models, known)),
        "expired": lambda: sum(1 for _ in _expired(platform, models)),
    }
    if scheduled_for.hour == WARNING_HOUR:
        steps["warned"] = lambda: sum(1 for _ in _warned(platform, models, known))
    steps |= {
        "trained": lambda: _trained(platform, list(known.values())),
        "alerts": lambda: deliver(platform),
    }
    done = {name: _tried(name, step) for name, step in steps.items()}
    return {name: found for name, found in done.items() if found and found != {"delivered": 0, "refused": 0}}


def _tried(name: str, step: Callable[[], object]) -> object:
    try:
        return step()
    except Exception as error:
        logger.exception("upkeep: %s failed", name)
        return f"failed: {error}"


def _expiring(
    platform: Platform, models: Sequence[RegisteredModel], known: Mapping[str, ModelPolicy]
) -> Iterator[RegisteredModel]:
    """Give active models without an expiry the one that their rule says."""
    for model in models:
        rule = policy_for(known, model.label_id)
        if rule.expire_after_days is not None and model.expires_at is None:
            moment = model.uploaded_at + pd.Timedelta(days=rule.expire_after_days)
            append_event(platform, model.model_id, EXPIRY_SET, f"the rule of {rule.by}", moment.isoformat())
            yield model


def _expired(platform: Platform, models: Sequence[RegisteredModel]) -> Iterator[RegisteredModel]:
    now = platform.now()
    for model in models:
        if model.expires_at is not None and model.expired(now):
            said = f"{model.model_id} expired on {model.expires_at:%Y-%m-%d %H:%M} and predicts no more."
            if raise_alert(platform, MODEL_EXPIRED, model.model_id, model.expires_at.isoformat(), said):
                yield model


def _warned(
    platform: Platform, models: Sequence[RegisteredModel], known: Mapping[str, ModelPolicy]
) -> Iterator[str]:
    """Alerts where the lower bound of live accuracy has crossed the better base rate since the last look."""
    watched = [m for m in models if policy_for(known, m.label_id).warn_below_base]
    if not watched:
        return
    before = _last_crossings(platform)
    for model in watched:
        if _crossed(platform, model, before.get(model.model_id, ABOVE_BASE)):
            yield model.model_id


def _crossed(platform: Platform, model: RegisteredModel, before: str) -> bool:
    """Whether an alert was raised: live accuracy is on the other side of the better base rate than `before`."""
    found = measure_performance(platform, model, LIVE)
    if found.evaluation is None or found.evaluation.effective < MIN_OUTCOMES:
        return False
    low, base = (
        found.evaluation.interval.low,
        max(rate for rate in found.base_rates.values() if rate is not None),
    )
    kind = BELOW_BASE if low < base else ABOVE_BASE
    if kind == before:
        return False
    where = "under" if kind == BELOW_BASE else "no longer under"
    said = f"The lower bound of {model.model_id}'s live accuracy, {low:.1%}, is {where} the base rate, {base:.1%}."
    figures = {"accuracy_low": low, "base_rate": base, "outcomes": found.evaluation.effective}
    return raise_alert(platform, kind, model.model_id, f"{platform.now():%Y-%m-%d}", said, **figures)


def _last_crossings(platform: Platform) -> Mapping[str, str]:
    """Of each model, which way its accuracy crossed the base rate last."""
    crossings = [a for a in alerts(platform, BEGINNING, 10_000) if a.kind in (BELOW_BASE, ABOVE_BASE)]
    return {alert.subject: alert.kind for alert in reversed(crossings)}


def _trained(platform: Platform, known: Sequence[ModelPolicy]) -> list[str]:
    """At most one training a run: there is an hour until the next."""
    for rule in known:
        model = retrain_if_due(platform, rule)
        if model:
            return [model.model_id]
    return []
