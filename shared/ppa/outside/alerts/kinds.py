"""Kinds of alerts."""

from collections.abc import Mapping
from types import MappingProxyType

MODEL_EXPIRED = "model_expired"
BELOW_BASE = "below_base_rate"
ABOVE_BASE = "above_base_rate"
RETRAINED = "retrained"
RETRAIN_FAILED = "retrain_failed"
TEST = "test"
# claims the training of a day, so that concurrent runs train once; never sent
RETRAIN_STARTED = "retrain_started"

ALERT_KINDS: Mapping[str, str] = MappingProxyType(
    {
        MODEL_EXPIRED: "An active model has expired and makes no more predictions.",
        BELOW_BASE: "The lower bound of a model's live accuracy has fallen below its base rate.",
        ABOVE_BASE: "The lower bound of a model's live accuracy is no longer below its base rate.",
        RETRAINED: "A challenger was trained and registered; only people promote or activate models.",
        RETRAIN_FAILED: "A scheduled training produced no model.",
        TEST: "A test alert was requested.",
    }
)
