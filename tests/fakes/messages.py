"""A request as a fake sees it, and its answer."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True)
class Request:
    """A GET below one provider's address; `now` is that provider's clock, `data_until` how fresh its data is."""

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
    """A reply with a JSON body, written without spaces."""
    return Reply(status, json.dumps(document, separators=(",", ":")))
