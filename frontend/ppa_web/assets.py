"""Scripts, styles and plotly.js, served under addresses that contain a digest of their content.

Such an address can be cached for ever. The digest is a folder (`/assets/<digest>/js/api.js`) rather than a query, so
that relative imports between modules keep it without an inline import map, which the Content-Security-Policy forbids.
"""

import gzip
import hashlib
import mimetypes
import re
import threading
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

from flask import Flask, Response, abort, request

STATIC = Path(__file__).with_name("static")
FOR_EVER = "public, max-age=31536000, immutable"
SERVED = frozenset({".css", ".js", ".svg"})
_packing = threading.Lock()
IMPORT = re.compile(r'^import [^"]*"\./([^"]+)";$', re.MULTILINE)
# comments that fill whole lines; a type assertion precedes code on its line and is kept
COMMENT = re.compile(r"^[ \t]*(?://.*|/\*\*(?:(?!\*/)[\s\S])*\*/)[ \t]*$", re.MULTILINE)
INDENT = re.compile(r"^[ \t]+", re.MULTILINE)


@dataclass(frozen=True)
class Asset:
    """A file to serve: its bytes, the same bytes compressed, and its media type."""

    body: bytes
    packed: bytes
    mimetype: str


def init_assets(app: Flask) -> None:
    """Register the two routes and the template functions `asset_url`, `imports_of` and `plotly_url`."""
    app.add_url_rule("/assets/<digest>/<path:name>", "asset", serve_asset)
    app.add_url_rule("/assets/plotly-<digest>.js", "plotly", serve_plotly)
    app.add_template_global(asset_url)
    app.add_template_global(imports_of)
    app.add_template_global(plotly_url)
    threading.Thread(target=plotly_asset, name="plotly", daemon=True).start()


def asset_url(name: str) -> str:
    """Address of a static file, such as `js/live.js`."""
    return f"/assets/{static_digest()}/{name}"


def plotly_url() -> str:
    """Address of plotly.js."""
    return f"/assets/plotly-{digest_of(plotly_bytes())}.js"


def serve_asset(digest: str, name: str) -> Response:
    """Serve a static file; with an outdated digest, the current file without caching."""
    if name not in static_files():
        abort(404)
    return send(static_files()[name], keep=digest == static_digest())


def serve_plotly(digest: str) -> Response:
    """Serve plotly.js unchanged from the installed package."""
    return send(plotly_asset(), keep=digest == digest_of(plotly_bytes()))


def send(asset: Asset, *, keep: bool) -> Response:
    """Response with an asset, compressed if the client accepts gzip and cached for ever if `keep`."""
    packed = request.accept_encodings.quality("gzip") > 0
    response = Response(asset.packed if packed else asset.body, mimetype=asset.mimetype)
    if packed:
        response.headers["Content-Encoding"] = "gzip"
    response.headers["Cache-Control"] = FOR_EVER if keep else "no-cache"
    response.headers["Vary"] = "Accept-Encoding"
    return response


@cache
def static_files() -> dict[str, Asset]:
    """Static files by their path below `static/`."""
    paths = sorted(path for path in STATIC.rglob("*") if path.suffix in SERVED)
    return {path.relative_to(STATIC).as_posix(): load(served_bytes(path), path.name) for path in paths}


def served_bytes(path: Path) -> bytes:
    """Bytes of a file as served. Scripts lose comments and indentation but keep their line numbers."""
    if path.suffix != ".js":
        return path.read_bytes()
    without_comments = COMMENT.sub(lambda match: "\n" * match[0].count("\n"), path.read_text())
    return INDENT.sub("", without_comments).encode()


@cache
def imports_of(module: str) -> list[str]:
    """Modules that `js/<module>.js` imports, directly or indirectly."""
    modules: dict[str, None] = {}
    waiting = [f"{module}.js"]
    while waiting:
        body = static_files()[f"js/{waiting.pop()}"].body.decode()
        fresh = [name for name in IMPORT.findall(body) if name not in modules]
        modules |= dict.fromkeys(fresh)
        waiting += fresh
    return [f"js/{name}" for name in modules]


@cache
def static_digest() -> str:
    """Digest of the names and contents of all static files."""
    content = b"".join(name.encode() + b"\0" + asset.body for name, asset in static_files().items())
    return digest_of(content)


@cache
def plotly_bytes() -> bytes:
    """plotly.js of the installed package (4.8 MB)."""
    return files("plotly").joinpath("package_data", "plotly.min.js").read_bytes()


def plotly_asset() -> Asset:
    """plotly.js with its compressed form, computed once per process (0.2 s), ahead of the first request."""
    with _packing:
        return _packed_plotly()


@cache
def _packed_plotly() -> Asset:
    return load(plotly_bytes(), "plotly.min.js")


def load(body: bytes, name: str) -> Asset:
    """Asset from bytes; the media type follows from the name's extension."""
    mimetype = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return Asset(body, gzip.compress(body, 9, mtime=0), mimetype)


def digest_of(content: bytes) -> str:
    """First sixteen hexadecimal digits of the SHA-256."""
    return hashlib.sha256(content).hexdigest()[:16]
