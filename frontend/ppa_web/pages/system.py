"""Page System info: status, problems and remedies."""

import re

from flask import Blueprint, Response, request
from markupsafe import Markup, escape

from ppa.ops.addresses import split_address
from ppa.reports.status.runbook import runbook
from ppa_web.context import platform
from ppa_web.grafana import frame_source
from ppa_web.pages.rendering import page
from ppa_web.security import CONTENT_SECURITY_POLICY

system = Blueprint("system", __name__)


@system.app_template_filter("code")
def code(words: str) -> Markup:
    """Template filter that formats text in backquotes as code."""
    return Markup(re.sub(r"`([^`]*)`", r"<code>\1</code>", str(escape(words))))  # noqa: S704 - escaped before


@system.get("/system")
def show() -> Response:
    """Page `/system`, the only page that may contain a frame, for the configured Grafana."""
    settings = platform().settings
    mlflow_url = settings.mlflow_url or settings.mlflow_tracking_uri
    response = page("system.html", runbook=runbook(), mlflow_url=mlflow_url)
    framed = frame_source(platform(), split_address(request.host_url).hostname or "")
    if framed:
        response.headers["Content-Security-Policy"] = f"{CONTENT_SECURITY_POLICY}; frame-src {framed}"
    return response
