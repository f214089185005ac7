"""BigQuery client: addresses, job limits, retries and error messages."""

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import TimeoutError as PollingTimeout
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import parse_qsl

import requests
from google.api_core.exceptions import GoogleAPICallError, GoogleAPIError, RetryError
from google.api_core.retry import Retry
from google.auth.credentials import AnonymousCredentials
from google.auth.exceptions import GoogleAuthError
from google.cloud import bigquery

from ppa.core.errors import BadInput, WarehouseError
from ppa.ops.addresses import split_address
from ppa.ops.tracing import current_trace
from ppa.storage.warehouse.statements import Parameters, Scalar

APP_LABEL = "price-prediction-app"
MAXIMUM_BYTES_BILLED = 2 << 30
REQUEST_SECONDS = 60.0
JOB_SECONDS = 300.0
ADDRESS_FORM = "bigquery://project/dataset?location=EU&maximum_bytes_billed=2147483648"
PARAMETER_TYPES = {bool: "BOOL", int: "INT64", float: "FLOAT64", str: "STRING", datetime: "TIMESTAMP"}
TRANSIENT_REASONS = {
    "backendError",
    "internalError",
    "jobBackendError",
    "jobInternalError",
    "jobRateLimitExceeded",
    "rateLimitExceeded",
}
ADVICE = {
    "accessDenied": "Grant its service account the roles listed in terraform/.",
    "bytesBilledLimitExceeded": "Use a shorter range, or raise maximum_bytes_billed in the address.",
    "notFound": "Check project, dataset and location in the address, and run terraform apply.",
}


@dataclass(frozen=True)
class Address:
    """A dataset with its location and the maximum bytes billed per statement."""

    project: str
    dataset: str
    location: str | None
    maximum_bytes_billed: int


def parse_address(address: str) -> Address:
    """Parse `bigquery://project/dataset?location=EU&maximum_bytes_billed=N`; raises `BadInput`."""
    parts = split_address(address)
    options = dict(parse_qsl(parts.query))
    location, limit = options.pop("location", None), options.pop("maximum_bytes_billed", MAXIMUM_BYTES_BILLED)
    dataset = parts.path.strip("/")
    named = re.fullmatch(r"[a-z0-9.:-]+", parts.netloc) and re.fullmatch(r"\w+", dataset)
    if options or not named or not str(limit).isdecimal():
        raise BadInput(f"The warehouse address {address!r} is invalid. Use {ADDRESS_FORM}.")
    return Address(parts.netloc, dataset, location, int(limit))


def emulator_endpoint() -> str | None:
    """Address of the emulator set for Google's client, if any."""
    return os.environ.get("BIGQUERY_EMULATOR_HOST")


def connect(place: Address, endpoint: str | None) -> bigquery.Client:
    """Create a client with the default credentials, or of an emulator without credentials."""
    options = {"api_endpoint": endpoint} if endpoint else None
    credentials = AnonymousCredentials() if endpoint else None  # type: ignore[no-untyped-call]
    with as_warehouse_errors(f"a connection to {place.project}"):
        return bigquery.Client(place.project, credentials, location=place.location, client_options=options)


def query_config(name: str, parameters: Parameters, maximum_bytes_billed: int) -> bigquery.QueryJobConfig:
    """Build the job configuration of one statement: limits, labels and typed parameters."""
    return bigquery.QueryJobConfig(
        labels=labels(name),
        job_timeout_ms=int(JOB_SECONDS * 1000),
        maximum_bytes_billed=maximum_bytes_billed,
        query_parameters=[_parameter(key, value) for key, value in parameters.items()],
        use_legacy_sql=False,
    )


def labels(name: str) -> Mapping[str, str]:
    """Labels of a job, for cost reports and tracing."""
    trace = current_trace()
    return {"app": APP_LABEL, "statement": name} | ({"trace": trace} if trace else {})


def _parameter(
    name: str, value: Scalar | Sequence[Scalar]
) -> bigquery.ArrayQueryParameter | bigquery.ScalarQueryParameter:
    if isinstance(value, Scalar):
        return bigquery.ScalarQueryParameter(name, _type_of(value), value)
    return bigquery.ArrayQueryParameter(name, _type_of(value[0]) if value else "STRING", value)


def _type_of(value: Scalar) -> str:
    return next(kind for python_type, kind in PARAMETER_TYPES.items() if isinstance(value, python_type))


def _is_transient(error: BaseException) -> bool:
    cause = error.cause if isinstance(error, RetryError) else error
    if not isinstance(cause, GoogleAPICallError):
        return False
    return _reason(cause) in TRANSIENT_REASONS or "due to concurrent update" in str(cause)


REQUEST_RETRY = bigquery.DEFAULT_RETRY.with_timeout(REQUEST_SECONDS)
JOB_RETRY = Retry(predicate=_is_transient, initial=0.2, maximum=10.0, timeout=120.0)


@contextmanager
def as_warehouse_errors(action: str) -> Iterator[None]:
    """Convert errors of BigQuery, its client and the network to `WarehouseError`; `action` names what failed."""
    try:
        yield
    except (GoogleAPIError, GoogleAuthError, requests.RequestException, PollingTimeout) as error:
        advice = ADVICE.get(_reason(error), "")
        raise WarehouseError(f"BigQuery refused {action}: {_message(error)} {advice}".strip()) from error


def _reason(error: BaseException) -> str:
    details = getattr(error, "errors", None) or [{}]
    return str(details[0].get("reason", "")) if isinstance(details[0], Mapping) else ""


def _message(error: BaseException) -> str:
    details = getattr(error, "errors", None) or [{}]
    stated = details[0].get("message") if isinstance(details[0], Mapping) else None
    return (str(stated or error).strip() or type(error).__name__).splitlines()[0].rstrip(".") + "."
