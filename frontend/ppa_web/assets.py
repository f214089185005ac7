"""Our scripts and styles, and plotly.js, under addresses that name their content.

An address that changes with the content can be kept by the browser for ever. The digest is a folder
(`/assets/<digest>/js/api.js`), not a query, so that the relative imports of one module by another stay
inside it without an inline import map, which the Content-Security-Policy forbids.
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
# comments that begin a line and fill it; an assertion of a type stands before code and stays
COMMENT = re.compile(r"^[ \t]*(?://.*|/\*\*(?:(?!\*/)[\s\S])*\*/)[ \t]*$", re.MULTILINE)
INDENT = re.compile(r"^[ \t]+", re.MULTILINE)


@dataclass(frozen=True)
class Asset:
    """One file as it is sent: its bytes, the same compressed, and its type."""

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
    """The address of one of our own files, such as `js/live.js`."""
    return f"/assets/{static_digest()}/{name}"


def plotly_url() -> str:
    """The address of plotly.js."""
    return f"/assets/plotly-{digest_of(plotly_bytes())}.js"


def serve_asset(digest: str, name: str) -> Response:
    """One of our own files; an old digest gets the present file, and is told not to keep it."""
    if name not in static_files():
        abort(404)
    return send(static_files()[name], keep=digest == static_digest())


def serve_plotly(digest: str) -> Response:
    """plotly.js, whole and unchanged from the installed package."""
    return send(plotly_asset(), keep=digest == digest_of(plotly_bytes()))


def send(asset: Asset, *, keep: bool) -> Response:
    """`asset`, compressed where the client takes gzip; kept for ever when `keep`."""
    packed = request.accept_encodings.quality("gzip") > 0
    response = Response(asset.packed if packed else asset.body, mimetype=asset.mimetype)
    if packed:
        response.headers["Content-Encoding"] = "gzip"
    response.headers["Cache-Control"] = FOR_EVER if keep else "no-cache"
    response.headers["Vary"] = "Accept-Encoding"
    return response


@cache
def static_files() -> dict[str, Asset]:
    """Every file we serve, by its path below `static/`."""
    found = sorted(path for path in STATIC.rglob("*") if path.suffix in SERVED)
    return {path.relative_to(STATIC).as_posix(): load(served_bytes(path), path.name) for path in found}


def served_bytes(path: Path) -> bytes:
    """The bytes of a file as they are sent. Scripts lose comments and indentation, and keep their line numbers."""
    if path.suffix != ".js":
        return path.read_bytes()
    without_comments = COMMENT.sub(lambda found: "\n" * found[0].count("\n"), path.read_text())
    return INDENT.sub("", without_comments).encode()


@cache
def imports_of(module: str) -> list[str]:
    """The modules that `js/<module>.js` imports before it runs, and what those import."""
    found: dict[str, None] = {}
    waiting = [f"{module}.js"]
    while waiting:
        body = static_files()[f"js/{waiting.pop()}"].body.decode()
        fresh = [name for name in IMPORT.findall(body) if name not in found]
        found |= dict.fromkeys(fresh)
        waiting += fresh
    return [f"js/{name}" for name in found]


@cache
def static_digest() -> str:
    """One digest over the names and bytes of all our files."""
    content = b"".join(name.encode() + b"\0" + asset.body for name, asset in static_files().items())
    return digest_of(content)


@cache
def plotly_bytes() -> bytes:
    """plotly.js as the installed package holds it (4.8 MB)."""
    return files("plotly").joinpath("package_data", "plotly.min.js").read_bytes()


def plotly_asset() -> Asset:
    """plotly.js with its compressed form, made once a process (0.2 s): ahead of the first visitor, who waits for it."""
    with _packing:
        return _packed_plotly()


@cache
def _packed_plotly() -> Asset:
    return load(plotly_bytes(), "plotly.min.js")


def load(body: bytes, name: str) -> Asset:
    """An asset from its bytes; the type follows the name's ending."""
    mimetype = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return Asset(body, gzip.compress(body, 9, mtime=0), mimetype)


def digest_of(content: bytes) -> str:
    """Sixteen hexadecimal digits of SHA-256: enough to tell versions apart."""
    return hashlib.sha256(content).hexdigest()[:16]
