"""How old what the rows hold was, as a file."""

from flask import Blueprint, Response, request

from frontend.api.arguments import span
from frontend.context import platform
from shared.datasets.ages import age_csv
from shared.frames import BEGINNING, END

ages = Blueprint("ages", __name__, url_prefix="/api/v1/features")


@ages.get("/ages.csv")
def ages_csv() -> Response:
    """The age in hours of every daily or slower series in each row of `from` to `to`, as CSV."""
    pieces = age_csv(platform(), *span(request.args, BEGINNING, END))
    headers = {"Content-Disposition": 'attachment; filename="ages.csv"'}
    return Response(pieces, mimetype="text/csv", headers=headers)
