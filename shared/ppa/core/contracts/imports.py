"""Import batches: what people import, as units that can be withdrawn."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from msgspec import Meta, structs

from ppa.core.contracts.record import Record, Time
from ppa.core.contracts.stored import Layout, Stored

Mode = Literal["plain", "replace", "keep", "revision"]
State = Literal["storing", "stored", "withdrawing", "withdrawn"]


class ImportEvent(Stored, frozen=True, kw_only=True):
    """Events of import batches; append-only, the newest row is the state."""

    layout: ClassVar = Layout("imports", key=("batch_id", "at", "event"))

    batch_id: Annotated[str, Meta(description="Import batch")]
    at: Annotated[Time, Meta(description="When")]
    event: Annotated[State, Meta(description="Event: storing, stored, withdrawing or withdrawn")]
    by: Annotated[str, Meta(description="Who")]
    detail: Annotated[
        str | None,
        Meta(description="Description of the batch as JSON with `storing`, reason with `withdrawing`"),
    ] = None


class BatchDescription(Record, frozen=True, kw_only=True):
    """Content and interpretation of an import, fixed before anything of it is stored."""

    subject: Annotated[str, Meta(description="Asset or series that the values belong to")]
    series: Annotated[tuple[str, ...], Meta(description="Series that the batch speaks for")]
    source: Annotated[
        str, Meta(description="Source; values of one source contradict each other, of two do not")
    ]
    file: Annotated[str, Meta(description="Name of the file")]
    sha256: Annotated[str, Meta(description="SHA-256 of the file, in hex")]
    mode: Annotated[
        Mode,
        Meta(description="What happens where stored values of the source differ; `plain` refuses the file"),
    ]
    options: Annotated[Mapping[str, Any], Meta(description="Options that the person gave")] = {}
    understood: Annotated[Mapping[str, Any], Meta(description="How the file was read")] = {}
    rows: Annotated[int, Meta(ge=0, description="Number of values")]
    first: Annotated[Time, Meta(description="First period, UTC")]
    last: Annotated[Time, Meta(description="Last period, UTC")]


class ImportBatch(BatchDescription, frozen=True, kw_only=True):
    """A batch in its present state."""

    batch_id: Annotated[str, Meta(description="Identifier of the batch", examples=["btc-7484ba2c"])]
    by: Annotated[str, Meta(description="User who imported it")]
    at: Annotated[Time, Meta(description="Time of the import, UTC")]
    state: Annotated[State, Meta(description="State; one that ends in `ing` was interrupted or goes on")] = (
        "storing"
    )
    counts: Annotated[
        Mapping[str, int], Meta(description="Values that were new, revised, replaced, unchanged or ignored")
    ] = {}
    ended_at: Annotated[Time | None, Meta(description="Time from which it does not count, UTC")] = None
    ended_by: Annotated[str | None, Meta(description="User who withdrew it")] = None
    reason: Annotated[str | None, Meta(description="Reason of the withdrawal")] = None

    @property
    def counted(self) -> bool:
        """True unless the batch has been withdrawn."""
        return self.ended_at is None

    @property
    def complete(self) -> bool:
        """True unless an import or a withdrawal was interrupted, or goes on."""
        return self.state in ("stored", "withdrawn")

    def as_known_at(self, moment: Time) -> "ImportBatch | None":
        """Return the batch as it was at `moment` (UTC), None if it had not been stored."""
        if self.at > moment:
            return None
        withdrawn = self.ended_at is not None and self.ended_at <= moment
        return self if withdrawn else structs.replace(self, ended_at=None)
