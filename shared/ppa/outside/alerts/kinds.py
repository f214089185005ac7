"""What alerts are about: the closed list."""

from collections.abc import Mapping
from types import MappingProxyType

MODEL_EXPIRED = "model_expired"
BELOW_BASE = "below_base_rate"
ABOVE_BASE = "above_base_rate"
RETRAINED = "retrained"
RETRAIN_FAILED = "retrain_failed"
TEST = "test"
# kept to claim a day's training, so that two runs at once train once; never sent
RETRAIN_STARTED = "retrain_started"

SENT: Mapping[str, str] = MappingProxyType(
    {
        MODEL_EXPIRED: "An active model has expired and predicts no more.",
        BELOW_BASE: "The lower bound of a model's live accuracy has fallen under its base rate.",
        ABOVE_BASE: "The lower bound of a model's live accuracy is no longer under its base rate.",
        RETRAINED: "A challenger was trained and registered; nobody but a person promotes or activates it.",
        RETRAIN_FAILED: "A scheduled training did not lead to a model.",
        TEST: "Somebody asked for a test.",
    }
)
