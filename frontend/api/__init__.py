"""The JSON API, version 1: one module a thing."""

from flask import Blueprint

from frontend.api.activation import activations
from frontend.api.ages import ages
from frontend.api.charts import charts
from frontend.api.comparison import comparison
from frontend.api.data import data
from frontend.api.datasets import datasets
from frontend.api.explore import explore
from frontend.api.index import index
from frontend.api.labels import labels
from frontend.api.live import live
from frontend.api.metrics import metrics
from frontend.api.models import models
from frontend.api.performance import performance
from frontend.api.predictions import predictions
from frontend.api.registry import registry
from frontend.api.rules import rules
from frontend.api.saved_labels import saved_labels
from frontend.api.schedules import schedules
from frontend.api.system import system
from frontend.api.tracking import tracking
from frontend.api.uploads import uploads

api = Blueprint("api", __name__)
for part in (
    activations,
    ages,
    charts,
    comparison,
    data,
    datasets,
    explore,
    index,
    labels,
    live,
    metrics,
    models,
    performance,
    predictions,
    registry,
    rules,
    saved_labels,
    schedules,
    system,
    tracking,
    uploads,
):
    api.register_blueprint(part)
