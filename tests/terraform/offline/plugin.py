# mypy: disable-error-code="import-untyped"
"""A Terraform provider plugin that knows a schema and nothing else: `plugin.py FILE`.

It answers with the message in FILE, accepts every configuration that fits it, and refuses to plan: tests
use `mock_provider`, which asks a provider for its schema only.
"""

import os
import sys
import tempfile
import threading
from concurrent import futures
from pathlib import Path

import grpc

PROTOCOL = "/tfplugin6.Provider/"
ACCEPTED = ("ValidateProviderConfig", "ValidateResourceConfig", "ValidateDataResourceConfig", "ConfigureProvider")
CORE_VERSION, PROTOCOL_VERSION = 1, 6


class Handler(grpc.GenericRpcHandler):  # type: ignore[misc] # grpc ships no types
    """Answers the calls of Terraform's plugin client; an empty message is a yes without diagnostics."""

    def __init__(self, schema: bytes, stopped: threading.Event) -> None:
        """Serve `schema`, and set `stopped` when Terraform is done."""
        self._answers = {f"{PROTOCOL}{name}": b"" for name in ACCEPTED}
        self._answers[f"{PROTOCOL}GetProviderSchema"] = schema
        self._stopped = stopped

    def service(self, details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler | None:
        """The handler of one call, or None for a call that is not known."""
        if details.method in ("/plugin.GRPCController/Shutdown", f"{PROTOCOL}StopProvider"):
            return grpc.unary_unary_rpc_method_handler(self._stop)
        answer = self._answers.get(details.method)
        if answer is None:
            return None
        return grpc.unary_unary_rpc_method_handler(lambda _request, _context: answer)

    def _stop(self, _request: bytes, _context: grpc.ServicerContext) -> bytes:
        self._stopped.set()
        return b""


def main() -> None:
    """Serve until Terraform says stop; the handshake is one line on standard output."""
    stopped = threading.Event()
    options = [("grpc.max_send_message_length", -1)]
    server = grpc.server(futures.ThreadPoolExecutor(4), options=options)
    server.add_generic_rpc_handlers((Handler(Path(sys.argv[1]).read_bytes(), stopped),))
    with tempfile.TemporaryDirectory() as folder:
        address = f"{folder}/plugin.sock"
        server.add_insecure_port(f"unix:{address}")
        server.start()
        sys.stdout.write(f"{CORE_VERSION}|{PROTOCOL_VERSION}|unix|{address}|grpc\n")
        sys.stdout.flush()
        _wait(stopped)
        server.stop(grace=0.2).wait()


def _wait(stopped: threading.Event) -> None:
    """Until told to stop, or until Terraform is gone without having said so."""
    parent = os.getppid()
    while not stopped.wait(timeout=1) and os.getppid() == parent:
        pass


if __name__ == "__main__":
    main()
