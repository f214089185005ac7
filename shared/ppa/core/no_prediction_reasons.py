"""Reasons for an hour without a prediction, in the order in which they are checked."""

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
        MODEL_EXPIRED: "The model has expired.",
        SCHEMA_MISMATCH: "The catalogue has changed since the model was trained.",
        QUOTA: "The quota of the provider of the hour's bar is used up.",
        LATE_DATA: "The hour's bar had not arrived by the as-of time of its row.",
        STALE_FEATURE: "A feature that the model was trained on is missing, or its newest value is too old.",
        OUTSIDE_TRAINING: "The hour lies farther from the training data than any training hour.",
        MODEL_ERROR: "The model failed on this row.",
    }
)
# remedy for each reason
REMEDIES: Mapping[str, str] = MappingProxyType(
    {
        MODEL_EXPIRED: "Upload a newer version, or set a later expiry on its page.",
        SCHEMA_MISMATCH: "Retrain it on a new download of its dataset, and upload it.",
        QUOTA: "None for now: System info shows when the quota resets. If it recurs every day, reduce the calls.",
        LATE_DATA: "None for a single hour, which stays without a prediction. If it recurs, System info shows which "
        "series is late.",
        STALE_FEATURE: "None for a single hour. If it recurs, System info shows which series is late.",
        OUTSIDE_TRAINING: "None for a few hours of an unusual market. If it lasts, retrain it on newer hours.",
        MODEL_ERROR: "Deactivate it, and run it locally on the hour's row; the detail shows where it failed.",
    }
)
