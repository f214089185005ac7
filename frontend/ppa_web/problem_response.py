"""Problem documents as HTTP responses."""

import json
from collections.abc import Mapping
from typing import cast

from flask import Response

from ppa.core.problems import MEDIA_TYPE


def problem_response(body: Mapping[str, object]) -> Response:
    """A problem document as a response with its status."""
    return Response(json.dumps(body), cast(int, body["status"]), mimetype=MEDIA_TYPE)
