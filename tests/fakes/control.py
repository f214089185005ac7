"""Control of faults over HTTP, for manual runs of the fakes."""

from collections.abc import Callable, Mapping
from datetime import timedelta

from tests.fakes.faults import (
    ALPHAVANTAGE_BODIES,
    CUT,
    CUT_UNFRAMED,
    GARBLED,
    HANG,
    RESET,
    Behaviour,
    Fault,
    error,
    limit,
    says,
)
from tests.fakes.messages import Reply, as_json

Query = Mapping[str, str]

_FAULTS: Mapping[str, Callable[[str, Query], Fault]] = {
    "limit": lambda provider, query: limit(provider, retry_after=query.get("retry_after")),
    "status": lambda _, query: error(int(query.get("status", 500)), retry_after=query.get("retry_after")),
    "says": lambda _, query: says(ALPHAVANTAGE_BODIES.get(query["body"], query["body"])),
    "hang": lambda *_: HANG,
    "reset": lambda *_: RESET,
    "cut": lambda *_: CUT,
    "cut_unframed": lambda *_: CUT_UNFRAMED,
    "garbled": lambda *_: GARBLED,
}


def obey(behaviours: Mapping[str, Behaviour], provider: str, query: Query) -> Reply:
    """Change a provider's behaviour: fault and times, stale_hours, skew_seconds, calls a minute; or clear."""
    behaviour = behaviours.get(provider)
    if behaviour is None or query.get("fault", "limit") not in _FAULTS:
        reference = {"providers": list(behaviours), "faults": list(_FAULTS)}
        return as_json({"message": "unknown provider or fault", **reference}, 400)
    with behaviour.lock:
        _change(behaviour, query)
        return as_json(
            {
                "provider": provider,
                "faults": [fault.kind for fault in behaviour.faults],
                "stale_hours": behaviour.stale / timedelta(hours=1),
                "skew_seconds": behaviour.skew.total_seconds(),
                "calls": len(behaviour.calls),
            }
        )


def _change(behaviour: Behaviour, query: Query) -> None:
    if "clear" in query:
        behaviour.faults.clear()
        behaviour.stale = behaviour.skew = timedelta(0)
        behaviour.quota = None
    if "fault" in query:
        fault = _FAULTS[query["fault"]](behaviour.provider, query)
        behaviour.faults.extend([fault] * int(query.get("times", 1)))
    if "stale_hours" in query:
        behaviour.stale = timedelta(hours=float(query["stale_hours"]))
    if "skew_seconds" in query:
        behaviour.skew = timedelta(seconds=float(query["skew_seconds"]))
    if "calls_a_minute" in query:
        behaviour.quota = (int(query["calls_a_minute"]), timedelta(minutes=1))
