"""Aliases `champion` and `challenger`: each belongs to at most one model per label, and every change is an event.

An alias marks the model of a label that people look at first. It does not affect predictions; activation does.
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
    """Assign the alias to a model, taking it from any other model of the same label. Idempotent.

    A model has at most one alias: a champion that becomes challenger is no longer champion.
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
    """Remove the alias from a model. Idempotent."""
    model = find_model(platform, model_id)
    check_alias(alias)
    if alias not in model.aliases:
        return model
    _record(platform, model, ALIAS_REMOVED, by, alias)
    return find_model(platform, model_id)


def roll_back(platform: Platform, model_id: str, by: str) -> RegisteredModel:
    """Restore the label's previous champion and return it.

    Raises Conflict if the model is not the champion or there was none before it.
    """
    model = find_model(platform, model_id)
    if CHAMPION not in model.aliases:
        raise Conflict(f"{model_id} is not the champion of its label; nothing can be rolled back.")
    history = _champions(events(platform, label_id=model.label_id))
    earlier = [champion for champion in history if champion != model_id]
    if not earlier:
        raise Conflict(f"No other model was champion before {model_id}; set the alias on a model instead.")
    previous = find_model(platform, earlier[-1])
    for other in previous.aliases:
        _record(platform, previous, ALIAS_REMOVED, by, other)
    _record(platform, previous, ALIAS_RESTORED, by, CHAMPION)
    return find_model(platform, previous.model_id)


def name_active(platform: Platform, model_id: str, alias: str | None, by: str) -> RegisteredModel:
    """Set `alias` on an activated model; without one, make it champion if its label has no champion."""
    model = find_model(platform, model_id)
    chosen = alias or (CHAMPION if model.champion is None else None)
    return set_alias(platform, model_id, chosen, by) if chosen else model


def check_alias(alias: str) -> str:
    """Return `alias` if it is valid; raise BadInput otherwise."""
    if alias not in ALIASES:
        raise BadInput(f"{alias!r} is not an alias; give one of {', '.join(ALIASES)}.")
    return alias


def _record(platform: Platform, model: RegisteredModel, event: str, by: str, alias: str) -> None:
    """Append the event after all others of the label, since the newest decides which model has an alias."""
    last = max((utc(one["at"]) for one in events(platform, label_id=model.label_id)), default=None)
    now = platform.now()
    moment = now if last is None else max(now, last + TICK)
    append_event(platform, model.model_id, event, by, alias, at=moment)


def _champions(history: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return the champions in order, without those that a rollback has undone."""
    champions: list[str] = []
    for event in history:
        if event["detail"] != CHAMPION:
            continue
        if event["event"] == ALIAS_SET:
            champions.append(event["model_id"])
        elif event["event"] == ALIAS_RESTORED:
            champions = champions[: _last_index(champions, event["model_id"]) + 1]
    return champions


def _last_index(champions: list[str], model_id: str) -> int:
    return len(champions) - 1 - champions[::-1].index(model_id)
