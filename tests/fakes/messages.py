"""Request and response as seen by a fake."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True)
class Request:
    """GET request below a provider's address; `now` is that provider's clock, `data_until` the end of its data."""

    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    now: datetime
    data_until: datetime


@dataclass(frozen=True)
class Reply:
    """Status, body and headers."""

    status: int
    body: str
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)


def as_json(document: object, status: int = 200) -> Reply:
    """Reply with a compact JSON body."""
    return Reply(status, json.dumps(document, separators=(",", ":")))
