"""Files to download."""

from collections.abc import Iterator

from flask import Response


def attachment(content: str | bytes | Iterator[bytes], name: str, mimetype: str = "text/csv") -> Response:
    """A response that browsers save as a file of this name."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, mimetype=mimetype, headers=headers)
