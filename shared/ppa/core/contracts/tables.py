"""The tables of the platform: the record that is a row of each."""

from ppa.core.contracts.alerts import AlertDelivery, StoredAlert
from ppa.core.contracts.findings import Acknowledgement
from ppa.core.contracts.imports import ImportEvent
from ppa.core.contracts.jobs import JobRun, ScheduleEvent
from ppa.core.contracts.label import StoredLabel
from ppa.core.contracts.model import ModelEvent, StoredModel, TrackedRun
from ppa.core.contracts.observations import FeatureRow, Observation, ProviderCall, Quote
from ppa.core.contracts.policy import StoredPolicy
from ppa.core.contracts.prediction import Prediction
from ppa.core.contracts.stored import Stored

TABLES: tuple[type[Stored], ...] = (
    Observation,
    ImportEvent,
    Acknowledgement,
    Quote,
    FeatureRow,
    StoredLabel,
    StoredModel,
    ModelEvent,
    TrackedRun,
    Prediction,
    JobRun,
    ScheduleEvent,
    ProviderCall,
    StoredPolicy,
    StoredAlert,
    AlertDelivery,
)
