"""All four providers on one loopback port, below /coinbase, /fred, /polygon and /alphavantage.

They serve a World by its clock, with the faults of their Behaviour. Faults can also be requested over HTTP: `POST
/_control/<provider>?fault=limit&times=2&retry_after=30`.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from types import TracebackType
from urllib.parse import parse_qsl, urlsplit

from ppa.ops.clock import Clock, utc_now
from tests.fakes import alphavantage, coinbase, fred, polygon
from tests.fakes.control import obey
from tests.fakes.faults import PROVIDERS, Behaviour, Fault
from tests.fakes.messages import Reply, Request
from tests.fakes.world import World

_ANSWERS: dict[str, Callable[[World, Request], Reply]] = {
    "coinbase": coinbase.answer,
    "fred": fred.answer,
    "polygon": polygon.answer,
    "alphavantage": alphavantage.answer,
}


@dataclass(frozen=True)
class Seen:
    """A received request, for tests that check what was sent."""

    provider: str
    request: Request


@dataclass
class FakeProviders:
    """A running server; `with FakeProviders(world, clock=clock) as fakes` or `start()` and `stop()`."""

    world: World
    clock: Clock = utc_now
    port: int = 0
    seen: list[Seen] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.behaviours = {name: Behaviour(name) for name in PROVIDERS}
        self._released = Event()

    def start(self) -> "FakeProviders":
        """Listen on 127.0.0.1, on a free port by default."""
        self._server = _Server(("127.0.0.1", self.port), _Handler)
        self._server.fakes = self
        self.port = self._server.server_port
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()
        return self

    def stop(self) -> None:
        """Release all hanging requests, and close."""
        self._released.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def __enter__(self) -> "FakeProviders":
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def reset(self, world: World, clock: Clock) -> None:
        """Serve another world at another time, without requests and faults."""
        self.world, self.clock = world, clock
        self.seen.clear()
        self.behaviours.update({name: Behaviour(name) for name in PROVIDERS})

    def url(self, provider: str) -> str:
        """Base URL for a provider's adapter."""
        return f"http://127.0.0.1:{self.port}/{provider}"

    def then(self, provider: str, *faults: Fault) -> None:
        """Set the faults of a provider's next responses, in order."""
        self.behaviours[provider].faults.extend(faults)

    def requests(self, provider: str) -> list[Request]:
        """Requests received by a provider, in order."""
        return [seen.request for seen in self.seen if seen.provider == provider]

    def allow(self, provider: str, calls: int, per: timedelta) -> None:
        """Limit the calls per span from now on, with the provider's own response beyond."""
        self.behaviours[provider].quota = (calls, per)

    def wait_for_release(self) -> None:
        """Block a hanging request until the server stops."""
        self._released.wait()

    def now(self, provider: str | None) -> datetime:
        """Time by a provider's own clock."""
        return self.clock() + (self.behaviours[provider].skew if provider else timedelta(0))


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    fakes: FakeProviders

    def handle_error(self, request: object, client_address: object) -> None:
        """Ignore disconnected clients."""


class _Handler(BaseHTTPRequestHandler):
    # the names do_GET, do_POST and format are http.server's
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    server: _Server
    _provider: str | None = None

    def do_GET(self) -> None:
        fakes, (provider, path, query) = self.server.fakes, self._asked()
        if provider not in _ANSWERS:
            self._send(Reply(404, "no such provider\n", "text/plain"))
            return
        self._provider, behaviour = provider, fakes.behaviours[provider]
        now = fakes.now(provider)
        request = Request(path, query, dict(self.headers), now, now - behaviour.stale)
        fakes.seen.append(Seen(provider, request))
        fault = behaviour.next_fault(now)
        getattr(self, f"_{fault.kind}")(fault, request)

    def do_POST(self) -> None:
        _, path, query = self._asked()
        self._send(obey(self.server.fakes.behaviours, path.strip("/"), query))

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002
        """Do not log."""

    def date_time_string(self, timestamp: float | None = None) -> str:
        """Date header, by the provider's own clock."""
        return format_datetime(self.server.fakes.now(self._provider).astimezone(UTC), usegmt=True)

    def _asked(self) -> tuple[str, str, dict[str, str]]:
        address = urlsplit(self.path)
        _, provider, path = (address.path + "/").split("/", 2)
        return provider, "/" + path.rstrip("/"), dict(parse_qsl(address.query, keep_blank_values=True))

    def _answer(self, request: Request) -> Reply:
        return _ANSWERS[str(self._provider)](self.server.fakes.world, request)

    def _none(self, fault: Fault, request: Request) -> None:
        self._send(self._answer(request))

    def _reply(self, fault: Fault, request: Request) -> None:
        self._send(Reply(fault.status, fault.body or "", headers=fault.headers))

    def _hang(self, fault: Fault, request: Request) -> None:
        self.server.fakes.wait_for_release()
        self.close_connection = True

    def _reset(self, fault: Fault, request: Request) -> None:
        self.close_connection = True

    def _cut(self, fault: Fault, request: Request) -> None:
        reply = self._answer(request)
        self._send(reply, part=0.5)

    def _cut_unframed(self, fault: Fault, request: Request) -> None:
        self._send(self._answer(request), part=0.5, framed=False)

    def _garbled(self, fault: Fault, request: Request) -> None:
        reply = self._answer(request)
        self._send(Reply(reply.status, reply.body[: len(reply.body) // 2], reply.content_type))

    def _send(self, reply: Reply, *, part: float = 1.0, framed: bool = True) -> None:
        body = reply.body.encode()
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.content_type)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        if framed:
            self.send_header("Content-Length", str(len(body)))
        if part < 1:
            self.send_header("Connection", "close")
            self.close_connection = True
        self.end_headers()
        self.wfile.write(body[: int(len(body) * part)])
        self.wfile.flush()
