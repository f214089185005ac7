"""Age of each series in the rows, as a file."""

from flask import Blueprint, Response, request

from ppa.core.times import BEGINNING, END
from ppa.reports.observation_ages import age_csv
from ppa_web.api.downloads import attachment
from ppa_web.api.request_args import span
from ppa_web.context import platform

ages = Blueprint("ages", __name__, url_prefix="/api/v1/features")


@ages.get("/ages.csv")
def ages_csv() -> Response:
    """Age in hours of every daily or slower series in each row from `from` to `to`, as CSV."""
    pieces = age_csv(platform(), *span(request.args, BEGINNING, END))
    return attachment(pieces, "ages.csv")
