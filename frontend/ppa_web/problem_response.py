"""Problem documents as HTTP responses."""

import json

from flask import Response, current_app

from ppa.core.contracts.problem import Problem
from ppa.core.problems import MEDIA_TYPE, problem_json
from ppa.ops.secrets import redactor


def problem_response(body: Problem) -> Response:
    """A problem document as a response with its status, without a secret that an error may quote."""
    # ppa_web.context imports this module
    settings = current_app.extensions["platform"].settings
    redacted = redactor(settings).json(problem_json(body))
    return Response(json.dumps(redacted), body.status, mimetype=MEDIA_TYPE)
