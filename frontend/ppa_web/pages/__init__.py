"""Pages: one blueprint each, with a template and a script, without data.

Pages fetch all their data from `/api/v1`, so that pages and API cannot disagree.
"""

from flask import Blueprint

from ppa_web.pages.configure import configure
from ppa_web.pages.imports import imports
from ppa_web.pages.live import live
from ppa_web.pages.models import models
from ppa_web.pages.overview import overview
from ppa_web.pages.performance import performance
from ppa_web.pages.reference import reference
from ppa_web.pages.system import system

PAGES: tuple[Blueprint, ...] = (
    overview,
    configure,
    imports,
    models,
    live,
    performance,
    system,
    reference,
)
