"""Stand-in for Cloud Scheduler over gRPC on loopback: jobs can be listed, paused, resumed and run."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import grpc
from google.cloud.scheduler_v1 import (
    CloudSchedulerClient,
    Job,
    ListJobsRequest,
    ListJobsResponse,
    PauseJobRequest,
    ResumeJobRequest,
    RunJobRequest,
)
from google.cloud.scheduler_v1.services.cloud_scheduler.transports import CloudSchedulerGrpcTransport

SERVICE = "google.cloud.scheduler.v1.CloudScheduler"
LOCATION = "projects/p/locations/europe-west1"
PREFIX = f"{LOCATION}/jobs/ppa-"
NEXT = datetime(2026, 3, 1, 12, 8, tzinfo=UTC)
METHODS: dict[str, tuple[Any, Any]] = {
    "ListJobs": (ListJobsRequest, ListJobsResponse),
    "PauseJob": (PauseJobRequest, Job),
    "ResumeJob": (ResumeJobRequest, Job),
    "RunJob": (RunJobRequest, Job),
}


@dataclass
class FakeScheduler:
    """Jobs by name, the received calls, and an error for all responses if set."""

    jobs: dict[str, Job] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)
    refusal: tuple[grpc.StatusCode, str] | None = None

    def add(self, name: str) -> None:
        """Add an enabled job."""
        self.jobs[name] = Job(name=name, state=Job.State.ENABLED, schedule_time=NEXT)

    def answer(self, method: str, request: Any, context: grpc.ServicerContext) -> Any:
        """Handle one call."""
        name = request.parent if method == "ListJobs" else request.name
        self.asked.append((method, name))
        if self.refusal:
            context.abort(*self.refusal)
        if method == "ListJobs":
            return ListJobsResponse(jobs=[job for key, job in self.jobs.items() if key.startswith(name)])
        if name not in self.jobs:
            context.abort(grpc.StatusCode.NOT_FOUND, "Job not found.")
        job = self.jobs[name]
        if method in ("PauseJob", "ResumeJob"):
            job.state = Job.State.PAUSED if method == "PauseJob" else Job.State.ENABLED
        return job


@contextmanager
def fake_scheduler() -> Iterator[tuple[FakeScheduler, CloudSchedulerClient]]:
    """Stand-in with the jobs ppa-ingest, ppa-predict and one of another app, and Google's client for it."""
    fake = FakeScheduler()
    for name in (f"{PREFIX}ingest", f"{PREFIX}predict", f"{LOCATION}/jobs/somebody-elses"):
        fake.add(name)
    server = grpc.server(ThreadPoolExecutor(2))
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(SERVICE, _handlers(fake)),))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield fake, CloudSchedulerClient(transport=CloudSchedulerGrpcTransport(channel=channel))
    server.stop(None)


def _handlers(fake: FakeScheduler) -> dict[str, grpc.RpcMethodHandler]:
    def handler(name: str) -> Callable[[Any, grpc.ServicerContext], Any]:
        return lambda request, context: fake.answer(name, request, context)

    return {
        name: grpc.unary_unary_rpc_method_handler(
            handler(name), request_deserializer=asks.deserialize, response_serializer=answers.serialize
        )
        for name, (asks, answers) in METHODS.items()
    }
