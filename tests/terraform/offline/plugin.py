# mypy: disable-error-code="import-untyped"
"""A Terraform provider plugin that knows a schema and nothing else, served by this process.

It accepts every configuration that fits the schema, and refuses to plan: tests use `mock_provider`, which
asks a provider for its schema only. Terraform attaches to it, so that one serves a whole test run.
"""

import json
import os
from collections.abc import Iterator
from concurrent import futures
from contextlib import contextmanager
from pathlib import Path

import grpc

PROTOCOL, PROTOCOL_VERSION = "/tfplugin6.Provider/", 6
PROVIDER = "hashicorp/google"
ACCEPTED = (
    "ConfigureProvider",
    "StopProvider",
    "ValidateDataResourceConfig",
    "ValidateProviderConfig",
    "ValidateResourceConfig",
)


class Handler(grpc.GenericRpcHandler):  # type: ignore[misc] # grpc ships no types
    """Answers Terraform's calls; an empty message is a yes without diagnostics."""

    def __init__(self, schema: bytes) -> None:
        """Serve `schema`, a `GetProviderSchema.Response`."""
        self._answers = {f"{PROTOCOL}{name}": b"" for name in ACCEPTED}
        self._answers[f"{PROTOCOL}GetProviderSchema"] = schema

    def service(self, details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler | None:
        """The handler of one call, or None for a call that is not known."""
        answer = self._answers.get(details.method)
        if answer is None:
            return None
        return grpc.unary_unary_rpc_method_handler(lambda _request, _context: answer)


@contextmanager
def serve(schema: bytes, folder: Path) -> Iterator[str]:
    """Serve on a socket in `folder`; yields the value of TF_REATTACH_PROVIDERS that leads Terraform to it."""
    address = folder / "plugin.sock"
    server = grpc.server(futures.ThreadPoolExecutor(4), options=[("grpc.max_send_message_length", -1)])
    server.add_generic_rpc_handlers((Handler(schema),))
    server.add_insecure_port(f"unix:{address}")
    server.start()
    try:
        yield json.dumps({PROVIDER: _attachment(address)})
    finally:
        server.stop(grace=None).wait()


def _attachment(address: Path) -> dict[str, object]:
    return {
        "Protocol": "grpc",
        "ProtocolVersion": PROTOCOL_VERSION,
        "Pid": os.getpid(),
        "Test": True,  # so that Terraform does not end the process when it is done
        "Addr": {"Network": "unix", "String": str(address)},
    }
