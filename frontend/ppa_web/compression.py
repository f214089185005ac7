"""Compress JSON responses for clients that accept it: egress from the cloud is billed."""

import gzip

from flask import Flask, Response, request

MIN_SIZE = 1_000  # bytes; smaller responses are not compressed
LEVEL = 3


def init_compression(app: Flask) -> None:
    """Compress complete JSON responses; streamed ones are left as they are."""
    app.after_request(compressed)


def compressed(response: Response) -> Response:
    """Compress a response if that makes it smaller."""
    if response.mimetype != "application/json" or response.is_streamed or response.content_encoding:
        return response
    response.vary.add("Accept-Encoding")
    body = response.get_data()
    if len(body) >= MIN_SIZE and request.accept_encodings.quality("gzip") > 0:
        response.set_data(gzip.compress(body, LEVEL, mtime=0))
        response.content_encoding = "gzip"
    return response
