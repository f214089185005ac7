"""The names `champion` and `challenger`: of each label one model may bear each, and moving one is an event.

An alias says which model of a label people look at first; whether a model predicts is decided by its activation.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from ppa.core.errors import BadInput, Conflict
from ppa.core.times import utc
from ppa.platform import Platform
from ppa.repository.model_events import ALIAS_REMOVED, ALIAS_RESTORED, ALIAS_SET, TICK, append_event, events
from ppa.repository.models import CHALLENGER, CHAMPION, RegisteredModel, find_model

ALIASES = (CHAMPION, CHALLENGER)


def set_alias(platform: Platform, model_id: str, alias: str, by: str) -> RegisteredModel:
    """Give the alias to this model; the one of its label that bore it loses it. Idempotent.

    A champion that is made challenger, or the other way round, gives up the other name.
    """
    model = find_model(platform, model_id)
    check_alias(alias)
    if alias in model.aliases:
        return model
    for other in model.aliases:
        _record(platform, model, ALIAS_REMOVED, by, other)
    _record(platform, model, ALIAS_SET, by, alias)
    return find_model(platform, model_id)


def remove_alias(platform: Platform, model_id: str, alias: str, by: str) -> RegisteredModel:
    """Take the alias away from this model. Idempotent."""
    model = find_model(platform, model_id)
    check_alias(alias)
    if alias not in model.aliases:
        return model
    _record(platform, model, ALIAS_REMOVED, by, alias)
    return find_model(platform, model_id)


def roll_back(platform: Platform, model_id: str, by: str) -> RegisteredModel:
    """Make what was champion before this one the label's champion again; that one. Conflict where nothing was."""
    model = find_model(platform, model_id)
    if CHAMPION not in model.aliases:
        raise Conflict(f"{model_id} is not the champion of its label: there is nothing to roll back.")
    happened = events(platform, label_id=model.label_id)
    earlier = [held for held in _held(happened) if held != model_id]
    if not earlier:
        raise Conflict(f"No other model was champion before {model_id}: give the alias to one instead.")
    before = find_model(platform, earlier[-1])
    for other in before.aliases:
        _record(platform, before, ALIAS_REMOVED, by, other)
    _record(platform, before, ALIAS_RESTORED, by, CHAMPION)
    return find_model(platform, before.model_id)


def name_active(platform: Platform, model_id: str, alias: str | None, by: str) -> RegisteredModel:
    """Give an activated model its alias; without one it becomes its label's champion where there is none."""
    model = find_model(platform, model_id)
    wanted = alias or (CHAMPION if model.champion is None else None)
    return set_alias(platform, model_id, wanted, by) if wanted else model


def check_alias(alias: str) -> str:
    """`alias`, which has to be one; BadInput otherwise."""
    if alias not in ALIASES:
        raise BadInput(f"{alias!r} is no alias; give one of {', '.join(ALIASES)}.")
    return alias


def _record(platform: Platform, model: RegisteredModel, event: str, by: str, alias: str) -> None:
    """Write the event down after all others of the label: the newest decides who bears an alias."""
    last = max((utc(one["at"]) for one in events(platform, label_id=model.label_id)), default=None)
    now = platform.now()
    moment = now if last is None else max(now, last + TICK)
    append_event(platform, model.model_id, event, by, alias, at=moment)


def _held(happened: Iterable[Mapping[str, Any]]) -> list[str]:
    """The champions one after the other, without those whose reign a rollback undid."""
    held: list[str] = []
    for event in happened:
        if event["detail"] != CHAMPION:
            continue
        if event["event"] == ALIAS_SET:
            held.append(event["model_id"])
        elif event["event"] == ALIAS_RESTORED:
            held = held[: _last_place(held, event["model_id"]) + 1]
    return held


def _last_place(held: list[str], model_id: str) -> int:
    return len(held) - 1 - held[::-1].index(model_id)
