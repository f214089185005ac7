"""JSON answers, compressed where the client takes it: what leaves the cloud is billed, and phones are slow."""

import gzip

from flask import Flask, Response, request

MIN_SIZE = 1_000  # bytes below which it is not worth the while
LEVEL = 3


def init_compression(app: Flask) -> None:
    """Compress JSON that is whole; what is streamed goes as it comes."""
    app.after_request(compressed)


def compressed(response: Response) -> Response:
    """The same answer in fewer bytes, where that helps."""
    if response.mimetype != "application/json" or response.is_streamed or response.content_encoding:
        return response
    response.vary.add("Accept-Encoding")
    body = response.get_data()
    if len(body) >= MIN_SIZE and request.accept_encodings.quality("gzip") > 0:
        response.set_data(gzip.compress(body, LEVEL, mtime=0))
        response.content_encoding = "gzip"
    return response
