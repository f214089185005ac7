"""JSON API, version 1; one module per resource."""

from flask import Blueprint

from ppa_web.api.activation import activations
from ppa_web.api.ages import ages
from ppa_web.api.charts import charts
from ppa_web.api.comparison import comparison
from ppa_web.api.data import data
from ppa_web.api.datasets import datasets
from ppa_web.api.explore import explore
from ppa_web.api.imports import imports
from ppa_web.api.index import index
from ppa_web.api.labels import labels
from ppa_web.api.live import live
from ppa_web.api.metrics import metrics
from ppa_web.api.model_edits import model_edits
from ppa_web.api.models import models
from ppa_web.api.performance import performance
from ppa_web.api.policies import policies
from ppa_web.api.predictions import predictions
from ppa_web.api.saved_labels import saved_labels
from ppa_web.api.schedules import schedules
from ppa_web.api.system import system
from ppa_web.api.tracking import tracking
from ppa_web.api.uploads import uploads

api = Blueprint("api", __name__)
for part in (
    activations,
    ages,
    charts,
    comparison,
    data,
    datasets,
    explore,
    imports,
    index,
    labels,
    live,
    metrics,
    models,
    performance,
    predictions,
    model_edits,
    policies,
    saved_labels,
    schedules,
    system,
    tracking,
    uploads,
):
    api.register_blueprint(part)
