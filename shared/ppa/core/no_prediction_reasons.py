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
        MODEL_EXPIRED: "The model has expired.",
        SCHEMA_MISMATCH: "The catalogue has changed since the model was trained.",
        QUOTA: "The source of the hour's bar allows no further calls for now.",
        LATE_DATA: "The hour's bar had not arrived when the row was cut.",
        STALE_FEATURE: "A feature that the model was trained with is missing, or its newest value is too old.",
        OUTSIDE_TRAINING: "The hour lies farther from the training data than any hour of it did.",
        MODEL_ERROR: "The model failed on this row.",
    }
)
# what a person may do about each, and when nothing
REMEDIES: Mapping[str, str] = MappingProxyType(
    {
        MODEL_EXPIRED: "Upload a newer version, or set a later expiry on its page.",
        SCHEMA_MISMATCH: "Train it on a new download of its dataset, and upload it.",
        QUOTA: "Nothing for now: System info says when calls are free again. Where it comes every day, ask less often.",
        LATE_DATA: "Nothing for a single hour: it stays without a prediction, as it was then. Where more follow, "
        "see on System info which series is late.",
        STALE_FEATURE: "Nothing for a single hour: it passes by itself. Where more follow, see on System info "
        "which series is late.",
        OUTSIDE_TRAINING: "Nothing for some hours of an unusual market. Where it lasts, train it on newer hours.",
        MODEL_ERROR: "Deactivate it, and try the hour's row at home: what happened says where it failed.",
    }
)
