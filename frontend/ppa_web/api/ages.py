"""Age of each series in the rows, as a file."""

from flask import Blueprint, Response

from ppa.core.contracts.common import HourRange
from ppa.reports.observation_ages import age_csv
from ppa_web.api.downloads import attachment
from ppa_web.context import platform
from ppa_web.openapi.contents import File
from ppa_web.openapi.operation import operation

ages = Blueprint("ages", __name__, url_prefix="/api/v1/features")


@ages.get("/ages.csv")
@operation(File("text/csv", "Ages in hours, a row an hour.", "ts,federal_funds\n2026-02-01T00:00:00Z,33.0\n"))
def ages_csv(query: HourRange) -> Response:
    """Age in hours of every daily or slower series in each row from `from` to `to`, as CSV."""
    pieces = age_csv(platform(), query.since, query.until)
    return attachment(pieces, "ages.csv")
