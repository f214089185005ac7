"""The registry over HTTP: aliases, rollback, tags, notes and expiry, all of them audited."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from platforms import SPEC, Small, add_model, ask, assert_problem, copied, served, small, trained

from ppa.repository.models import find_model


@dataclass(frozen=True)
class Registry:
    """A served platform whose clock advances with every request."""

    url: str
    site: Small

    def do(self, method: str, path: str, body: object = None) -> Any:
        """Send a request and expect success."""
        answer = self.ask(method, path, body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def ask(self, method: str, path: str, body: object = None) -> Any:
        """Send a request a second later."""
        self.site.clock.now += timedelta(seconds=1)
        return ask(f"{self.url}/api/v1/models/{path}", method, json=body)

    def aliases(self) -> dict[str, str]:
        """Return the model of each alias."""
        models = ask(f"{self.url}/api/v1/models", "GET").json()["models"]
        return {alias: model["model_id"] for model in models for alias in model["aliases"]}


@pytest.fixture(scope="module")
def copy(history: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    site = small(copied(history, tmp_path_factory.mktemp("aliases")))
    add_model(site.platform, find_model(site.platform, "calm-v1"), "third", trained(site.platform))
    with served(site.platform) as url:
        yield Registry(url, site)
    site.platform.close()


def test_an_alias_belongs_to_one_model_of_a_label_and_rolls_back(copy: Registry) -> None:
    for name in ("calm-v1", "bold-v1", "third-v1"):
        assert "champion" in copy.do("PUT", f"{name}/aliases/champion")["aliases"]
    assert copy.aliases() == {"champion": "third-v1"}
    copy.do("PUT", "calm-v1/aliases/challenger")
    assert copy.do("POST", "third-v1/rollback")["model_id"] == "bold-v1"
    assert copy.aliases() == {"champion": "bold-v1", "challenger": "calm-v1"}
    assert copy.do("POST", "bold-v1/rollback")["aliases"] == ["champion"]
    assert copy.aliases() == {"champion": "calm-v1"}
    assert_problem(
        copy.ask("POST", "calm-v1/rollback"), 409, "No other model was champion before", "conflict"
    )
    assert_problem(copy.ask("POST", "bold-v1/rollback"), 409, "is not the champion", "conflict")
    copy.do("DELETE", "calm-v1/aliases/champion")
    assert copy.aliases() == {}
    assert_problem(copy.ask("PUT", "calm-v1/aliases/best"), 400, "give one of champion, challenger")


def test_notes_tags_and_expiry_change_together_or_not_at_all(copy: Registry) -> None:
    changed = copy.do(
        "PATCH", "bold-v1", {"notes": " fast ", "tags": ["btc", "btc"], "expires_after_days": 2}
    )
    assert (changed["notes"], changed["tags"], changed["expired"]) == ("fast", ["btc"], False)
    before = copy.do("GET", "bold-v1/history")
    for wrong, words in (
        ({"notes": "slow", "tags": ["Über"]}, "tags is"),
        ({"notes": "slow", "expires_after_days": 0}, "whole number from 1"),
        ({"sha256": "0"}, "sha256 is not a field"),
        ({"notes": 7}, "notes is 7"),
    ):
        assert_problem(copy.ask("PATCH", "bold-v1", wrong), 400, words, "bad_input")
    assert copy.do("GET", "bold-v1/history") == before
    copy.site.clock.now += timedelta(days=2)
    assert copy.do("GET", "bold-v1")["expired"]
    assert_problem(copy.ask("PUT", "bold-v1/activation"), 409, "expired on", "conflict")
    assert not copy.do("PATCH", "bold-v1", {"expires_after_days": None})["expired"]


def test_its_history_says_who_did_what_when(copy: Registry) -> None:
    copy.do("PATCH", "third-v1", {"notes": "audited"})
    events = copy.do("GET", "third-v1/history")["events"]
    assert [event["event"] for event in events][:2] == ["uploaded", "alias_set"]
    assert {event["by"] for event in events} == {"tester"}
    assert (events[-1]["event"], events[-1]["detail"]) == ("notes_set", "audited")
    assert [event["at"] for event in events] == sorted(event["at"] for event in events)
    assert_problem(copy.ask("GET", "none-v1/history"), 404, "There is no model 'none-v1'", "not_found")
    assert SPEC.label_id == copy.do("GET", "third-v1")["label_id"]


def test_two_events_of_one_moment_both_stay(copy: Registry) -> None:
    frozen = copy.site.clock.now
    for notes in ("one", "two", "three"):
        copy.site.clock.now = frozen - timedelta(seconds=1)
        copy.do("PATCH", "calm-v1", {"notes": notes})
    events = copy.do("GET", "calm-v1/history")["events"]
    assert [event["detail"] for event in events[-3:]] == ["one", "two", "three"]
    assert copy.do("GET", "calm-v1")["notes"] == "three"
