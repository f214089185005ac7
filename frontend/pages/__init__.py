"""The pages: one blueprint each, a template with its script's name, no data.

Everything a page shows it fetches from `/api/v1`, so that the pages and the API cannot disagree.
"""

from flask import Blueprint

from frontend.pages.configure import configure
from frontend.pages.live import live
from frontend.pages.models import models
from frontend.pages.overview import overview
from frontend.pages.performance import performance
from frontend.pages.system import system

PAGES: tuple[Blueprint, ...] = (overview, configure, models, live, performance, system)
