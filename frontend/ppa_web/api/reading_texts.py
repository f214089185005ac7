"""Arguments of requests that read a file of bars."""

from flask import request

from ppa.importing import ReadingTexts
from ppa_web.api.request_args import text


def reading_texts() -> ReadingTexts:
    """Options of the query that say how a file is read; `where` and `shift` may be repeated."""
    return ReadingTexts(
        text("columns"),
        text("time_zone"),
        text("dates"),
        tuple(request.args.getlist("where")),
        tuple(request.args.getlist("shift")),
    )
