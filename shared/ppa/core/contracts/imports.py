"""Import batches: what people import, in batches that can be withdrawn."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from msgspec import Meta

from ppa.core.contracts.record import Record, Time


class ImportBatch(Record, frozen=True, kw_only=True):
    """A batch of imported observations."""

    id: Annotated[str, Meta(description="Identifier of the batch")]
    file_name: Annotated[str, Meta(description="Name of the imported file")]
    sha256: Annotated[str, Meta(description="SHA-256 of the file, in hex")]
    asset: Annotated[str | None, Meta(description="Asset of imported bars; null for a series")] = None
    series: Annotated[str | None, Meta(description="Imported series; null for bars")] = None
    source: Annotated[str, Meta(description="Source of its observations")]
    options: Annotated[Mapping[str, Any], Meta(description="Options that the person gave")] = {}
    understood: Annotated[Mapping[str, Any], Meta(description="How the file was read")] = {}
    rows: Annotated[int, Meta(ge=0, description="Number of stored observations")] = 0
    by: Annotated[str, Meta(description="User who imported it")]
    at: Annotated[Time, Meta(description="Time of the import, UTC")]
    state: Annotated[Literal["imported", "withdrawn"], Meta(description="State of the batch")] = "imported"
