"""Acknowledged findings: a person has looked at them and says why they need no action."""

from collections.abc import Mapping

from ppa.core.contracts.conversion import converted
from ppa.core.contracts.findings import Acknowledgement
from ppa.core.errors import BadInput
from ppa.platform import Platform
from ppa.storage.arrow import rows_table

MAX_REASON_LENGTH = 500


def acknowledge(platform: Platform, finding_id: str, by: str, reason: str) -> Acknowledgement:
    """Record that a finding needs no action; raise BadInput without a reason or a user name."""
    reason = reason.strip()
    if not by or not 1 <= len(reason) <= MAX_REASON_LENGTH:
        raise BadInput(f"The reason is {reason!r}; give one of 1 to {MAX_REASON_LENGTH} characters.")
    given = Acknowledgement(finding_id=finding_id, at=platform.now(), by=by, reason=reason)
    platform.warehouse.merge("acknowledgements", rows_table([given.to_row()]))
    return given


def acknowledgements(platform: Platform) -> Mapping[str, Acknowledgement]:
    """Return the acknowledgements by finding, from memory while none has been added."""

    def read() -> Mapping[str, Acknowledgement]:
        rows = platform.warehouse.query("acknowledgements").to_pylist()
        return {row["finding_id"]: converted(Acknowledgement, row) for row in rows}

    token = platform.warehouse.version_token("acknowledgements")
    return platform.cache.get("acknowledgements", read, token)
