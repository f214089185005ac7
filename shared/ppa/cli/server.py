"""Server process: the app, the functions as deployed, and a timer in place of Cloud Scheduler."""

import logging
import socket
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Any

import requests
import waitress
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from ppa.cli.timer import Timer
from ppa.client.find_app import ADDRESS_FILE
from ppa.core.errors import Conflict
from ppa.functions.local import NAMES, local_function
from ppa.ops.settings import Settings
from ppa.outside.scheduling.events import is_paused
from ppa.platform import Platform
from ppa_web import create_app
from ppa_web.security import init_security

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

HOST = "127.0.0.1"
THREADS = 8
# Keep unsent parts of a long response in memory; they are small, and waitress would otherwise write them to a file.
BUFFERS = {"outbuf_high_watermark": 1 << 20, "outbuf_overflow": 8 << 20}
LOCAL_NAMES = ["localhost", "127.0.0.1", "::1"]


class Server:
    """Web server that binds its port on construction, so that a port in use is reported at once."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._socket = _bind(settings.port)
        self._note = settings.home / ADDRESS_FILE
        self._noted = False

    @property
    def address(self) -> str:
        """Address of the app."""
        return f"http://localhost:{self._settings.port}"

    def serve(self, platform: Platform, ready: Callable[[], None]) -> None:
        """Serve until interrupted; `ready` is called once the server has started."""
        application = build_application(platform)
        logging.getLogger("waitress.queue").setLevel(logging.ERROR)
        server: Any = waitress.create_server(application, sockets=[self._socket], threads=THREADS, **BUFFERS)
        here = f"http://{HOST}:{self._settings.port}"
        timer = Timer(here, paused=partial(is_paused, platform.warehouse))
        self._write_note()
        threading.Thread(target=_warm_caches, args=(here,), name="ahead", daemon=True).start()
        timer.start()
        ready()
        try:
            server.run()
        finally:
            timer.stop()
            server.close()

    def _write_note(self) -> None:
        self._note.parent.mkdir(parents=True, exist_ok=True)
        self._note.write_text(self.address, encoding="utf-8")
        self._noted = True

    def __enter__(self) -> "Server":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._noted:
            self._note.unlink(missing_ok=True)
        self._socket.close()


def _warm_caches(address: str) -> None:
    """Warm the caches that the first page needs, by requesting the features."""
    with suppress(requests.RequestException), requests.Session() as session:
        session.trust_env = False
        session.get(f"{address}/api/v1/features", timeout=60)


def build_application(platform: Platform) -> DispatcherMiddleware:
    """WSGI app of the pages and the API, with every function mounted at /functions/<name>."""
    mounts = {f"/functions/{name}": _function(name, platform) for name in NAMES}
    return DispatcherMiddleware(create_app(platform, trusted_hosts=LOCAL_NAMES), mounts)


def _function(name: str, platform: Platform) -> "WSGIApplication":
    app = local_function(name, platform)
    # in the cloud a function is behind IAM; here it needs the same protection as the app
    init_security(app, LOCAL_NAMES)

    def at_its_root(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        return app({**environ, "PATH_INFO": environ["PATH_INFO"] or "/"}, start_response)

    return at_its_root


def _bind(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
        listener.listen()
    except OSError:
        listener.close()
        raise Conflict(
            f"Port {port} is in use; stop the process that uses it, or choose another: `PORT={port + 1} make run`."
        ) from None
    return listener
