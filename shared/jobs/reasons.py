"""Why an hour has no prediction: the closed list, in the order in which they are looked for."""

from collections.abc import Mapping
from types import MappingProxyType

MODEL_EXPIRED = "model_expired"
SCHEMA_MISMATCH = "schema_mismatch"
QUOTA = "quota"
LATE_DATA = "late_data"
STALE_FEATURE = "stale_feature"
OUTSIDE_TRAINING = "outside_training"
MODEL_ERROR = "model_error"

REASONS: Mapping[str, str] = MappingProxyType(
    {
        MODEL_EXPIRED: "The model has expired: upload a newer version, or set a later expiry.",
        SCHEMA_MISMATCH: "The catalogue has changed since the model was trained; train it again.",
        QUOTA: "The source of the hour's bar allows no further calls for now.",
        LATE_DATA: "The hour's bar had not arrived when the row was cut.",
        STALE_FEATURE: "A feature that the model was trained with is missing, or its newest value is too old.",
        OUTSIDE_TRAINING: "The hour lies farther from the training data than any hour of it did.",
        MODEL_ERROR: "The model failed on this row.",
    }
)
