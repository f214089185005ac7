"""Conversion of models that were stored before models were programs."""

from ppa.core.errors import Refused
from ppa.core.times import HOUR
from ppa.gate.pipeline import proof_rows
from ppa.modelfiles import sandbox
from ppa.platform import Platform
from ppa.repository.holdout_predictions import labelled_features, model_file
from ppa.repository.model_events import CONVERTED, append_event
from ppa.repository.models import RegisteredModel, find_model
from ppa.repository.programs import store_program


def convert_stored(platform: Platform, model_id: str, by: str) -> RegisteredModel:
    """Convert a stored model to a program in the sandbox, with an event; a model that has one stays as it is.

    Its probabilities may change in their last digits. Raises Refused if the file or its training rows no longer pass.
    """
    model = find_model(platform, model_id)
    if model.program is not None:
        return model
    rows = labelled_features(platform, model, model.train_from, model.train_to + HOUR)
    if rows.empty:
        raise Refused(f"The training rows of {model_id} are not stored here.", "Upload the model again.")
    converted = sandbox.convert(model_file(platform, model), proof_rows(rows))
    program = store_program(platform, model.name, converted.program_file)
    append_event(platform, model_id, CONVERTED, by, program)
    return find_model(platform, model_id)
