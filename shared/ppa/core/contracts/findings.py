"""Findings in stored data that a person has acknowledged."""

from typing import Annotated, ClassVar

from msgspec import Meta

from ppa.core.contracts.record import Time
from ppa.core.contracts.stored import Layout, Stored


class Acknowledgement(Stored, frozen=True, kw_only=True):
    """The acknowledgement of a finding; append-only, the newest row of a finding counts."""

    layout: ClassVar = Layout("acknowledgements", key=("finding_id", "at"))

    finding_id: Annotated[str, Meta(description="Finding: a hash of its series, kind and first time")]
    at: Annotated[Time, Meta(description="When it was acknowledged")]
    by: Annotated[str, Meta(description="Who")]
    reason: Annotated[str, Meta(description="Why it needs no action")]
