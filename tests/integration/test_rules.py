"""Policies and alerts: expiry, warnings and challengers; alerts are raised once, signed, and sent until delivered."""

import base64
import json
import logging
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from platforms import HOUR, NOW, REPOSITORY, SPEC, TRAINED, Small, ask, assert_problem, copied, served, small

from ppa.core.contracts.changes import PolicyChanges
from ppa.core.contracts.conversion import converted
from ppa.core.contracts.policy import EVERY_LABEL
from ppa.core.errors import BadInput, NotFound, WarehouseError
from ppa.core.origins import LIVE, REPLAY
from ppa.core.times import BEGINNING, utc
from ppa.jobs.maintenance import maintain
from ppa.jobs.predict import predict_hours
from ppa.ops.settings import Settings
from ppa.outside.alerts import alerts, deliver, raise_alert
from ppa.outside.alerts.kinds import ABOVE_BASE, BELOW_BASE, MODEL_EXPIRED, RETRAINED, TEST
from ppa.outside.alerts.outbox import configured_webhook
from ppa.outside.alerts.webhook import Webhook, read_secret
from ppa.repository.models import find_model, list_models
from ppa.repository.policies import policies, policy_for, policy_history, remove_policy, set_policy
from ppa.repository.prices import latest_closes
from ppa.storage.arrow import to_table

KEY = b"twenty-four bytes and more"
SECRET = f"whsec_{base64.b64encode(KEY).decode()}"
MIDNIGHT = utc(NOW).floor("D")


@pytest.fixture
def site(history: Path, tmp_path: Path) -> Iterator[Small]:
    """Platform of this test alone."""
    opened = small(copied(history, tmp_path / "home"))
    yield opened
    opened.platform.close()


@dataclass
class Receiver:
    """Webhook receiver with scripted responses; records the requests."""

    answers: list[int] = field(default_factory=list)
    taken: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    url: str = ""


@contextmanager
def receiving(*answers: int) -> Iterator[Receiver]:
    """Receiver on a socket; responds with 204 after its scripted responses."""
    receiver = Receiver(list(answers))

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.taken.append(({k.lower(): v for k, v in self.headers.items()}, body))
            self.send_response(receiver.answers.pop(0) if receiver.answers else 204)
            self.send_header("Location", "http://127.0.0.1:1/elsewhere")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    receiver.url = f"http://127.0.0.1:{server.server_port}/hook/token-in-the-path"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)


def hook(receiver: Receiver) -> Webhook:
    return Webhook(receiver.url, read_secret(SECRET), sleep=lambda _: None)


def kinds(site: Small) -> list[str]:
    return [alert.kind for alert in alerts(site.platform, BEGINNING)]


# ── rules ───────────────────────────────────────────────────────────────────────────────────────


def test_a_rule_is_set_in_parts_kept_with_who_set_it_and_a_label_s_own_comes_first(site: Small) -> None:
    assert policy_for(policies(site.platform), SPEC.label_id).expire_after_days is None
    set_policy(site.platform, EVERY_LABEL, PolicyChanges(expire_after_days=30), "ada")
    site.clock.now += timedelta(seconds=1)
    set_policy(site.platform, EVERY_LABEL, PolicyChanges(warn_below_base=True), "ben")
    every = policy_for(policies(site.platform), SPEC.label_id)
    assert (every.expire_after_days, every.warn_below_base, every.by) == (30, True, "ben")
    set_policy(site.platform, SPEC.label_id, PolicyChanges(expire_after_days=7), "ada")
    assert policy_for(policies(site.platform), SPEC.label_id).expire_after_days == 7
    assert [rule.by for rule in policy_history(site.platform)] == ["ada", "ben", "ada"]


def test_a_paused_rule_holds_nothing_and_one_that_is_removed_leaves_the_one_for_every_label(
    site: Small,
) -> None:
    label = SPEC.label_id
    steps: list[dict[str, Any]] = [{"expire_after_days": 7}, {"paused": True}, {"paused": False}]
    set_policy(site.platform, EVERY_LABEL, PolicyChanges(warn_below_base=True), "ada")
    result = []
    for step in steps:
        site.clock.now += timedelta(seconds=1)
        set_policy(site.platform, label, PolicyChanges(**step), "ben")
        held = policy_for(policies(site.platform), label)
        result.append((held.expire_after_days, held.warn_below_base))
    assert result == [(7, None), (None, None), (7, None)]
    site.clock.now += timedelta(seconds=1)
    remove_policy(site.platform, label, "cat")
    assert policy_for(policies(site.platform), label).warn_below_base
    with pytest.raises(NotFound, match="no policy of its own"):
        remove_policy(site.platform, label, "cat")
    assert [(rule.by, rule.removed) for rule in policy_history(site.platform)][-1] == ("cat", True)
    site.clock.now += timedelta(seconds=1)
    assert (
        set_policy(site.platform, label, PolicyChanges(warn_below_base=False), "ada").expire_after_days
        is None
    )


def test_nothing_is_trained_by_a_paused_rule(site: Small) -> None:
    retraining = {"retrain_estimator": "logistic", "retrain_window_days": 45, "retrain_every_days": 7}
    set_policy(site.platform, SPEC.label_id, PolicyChanges(**retraining, paused=True), "ada")
    before = len(list_models(site.platform))
    maintain(site.platform, utc(NOW))
    assert (len(list_models(site.platform)), kinds(site)) == (before, [])


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ({"paused": 3}, "true or false"),
        ({"expire_after_days": 0}, "whole number from 1 to"),
        ({"expire_after_days": True}, "whole number from 1 to"),
        ({"promote": True}, "promote is not a field"),
        ({}, "Nothing is to be changed"),
        ({"expire_after_days": 0, "warn_below_base": 3}, "expire_after_days is 0; warn_below_base is 3."),
        ({"warn_below_base": 3}, "true or false"),
        ({"retrain_estimator": "forest"}, "all of them"),
        (
            {"retrain_estimator": "oracle", "retrain_window_days": 60, "retrain_every_days": 7},
            "retrain_estimator is 'oracle'. Give one of boosting, forest, logistic, or null.",
        ),
    ],
)
def test_a_rule_that_cannot_be_kept_is_refused(site: Small, wanted: dict[str, Any], words: str) -> None:
    with pytest.raises(BadInput, match=words):
        set_policy(site.platform, SPEC.label_id, converted(PolicyChanges, wanted, strict=True), "ada")
    assert policies(site.platform) == {}


def test_a_rule_needs_a_label_and_a_person(site: Small) -> None:
    with pytest.raises(NotFound):
        set_policy(site.platform, "no-such-label", PolicyChanges(expire_after_days=3), "ada")
    with pytest.raises(BadInput, match="user is empty"):
        set_policy(site.platform, EVERY_LABEL, PolicyChanges(expire_after_days=3), "")


# ── what follows from them ──────────────────────────────────────────────────────────────────────


def test_active_models_expire_by_their_rule_and_that_is_told_once(site: Small) -> None:
    site.activate("calm-v1")
    set_policy(site.platform, EVERY_LABEL, PolicyChanges(expire_after_days=1), "ada")
    maintain(site.platform, utc(NOW))
    assert find_model(site.platform, "calm-v1").expires_at == utc(NOW) + timedelta(days=1)
    assert find_model(site.platform, "bold-v1").expires_at is None
    assert kinds(site) == []
    site.clock.now += timedelta(days=1, minutes=1)
    for _ in range(2):
        maintain(site.platform, utc(NOW))
    assert kinds(site) == [MODEL_EXPIRED]
    site.live(1)
    assert site.answers(LIVE)["reason"].iloc[-1] == "model_expired"


def say(site: Small, *, right: bool, since: pd.Timestamp, until: pd.Timestamp) -> None:
    """Store live predictions of past hours that are all right, or all wrong."""
    model, hours = find_model(site.platform, "calm-v1"), pd.date_range(since, until, freq="h")
    predict_hours(site.platform, [model], hours, origin=REPLAY)
    built = site.answers(REPLAY)
    built = built[built["ts"].isin(hours)]
    happened = model.definition.labels(latest_closes(site.platform, "BTC")).reindex(built["ts"]) == 1
    output = happened.to_numpy(dtype=bool) == right
    rows = built.assign(origin=LIVE, decision=output, probability=output * 0.98 + 0.01)
    site.platform.warehouse.merge("predictions", to_table(rows))


def test_a_warning_comes_when_accuracy_falls_under_the_base_rate_and_when_it_is_back(site: Small) -> None:
    site.activate("calm-v1")
    first = utc(TRAINED) + timedelta(hours=8)
    say(site, right=False, since=first, until=first + timedelta(hours=200))
    maintain(site.platform, MIDNIGHT)
    assert kinds(site) == [], "nobody asked for it"
    set_policy(site.platform, SPEC.label_id, PolicyChanges(warn_below_base=True), "ada")
    maintain(site.platform, MIDNIGHT + HOUR)
    assert kinds(site) == [], "it is looked at once a day"
    for _ in range(2):
        maintain(site.platform, MIDNIGHT)
    [alert] = alerts(site.platform, BEGINNING)
    assert (alert.kind, alert.subject) == (BELOW_BASE, "calm-v1")
    assert alert.detail["accuracy_low"] < alert.detail["base_rate"]  # type: ignore[operator]
    site.platform.warehouse.merge("predictions", to_table(_all_right(site)), replace=True)
    site.clock.now += timedelta(days=1)
    maintain(site.platform, MIDNIGHT)
    assert kinds(site) == [ABOVE_BASE, BELOW_BASE]


def _all_right(site: Small) -> pd.DataFrame:
    built, definition = site.answers(LIVE), find_model(site.platform, "calm-v1").definition
    happened = (definition.labels(latest_closes(site.platform, "BTC")).reindex(built["ts"]) == 1).to_numpy(
        dtype=bool
    )
    return built.assign(decision=happened, probability=happened * 0.98 + 0.01)


def test_a_challenger_is_trained_on_its_day_through_the_gate_and_never_activated(site: Small) -> None:
    retraining = {"retrain_estimator": "logistic", "retrain_window_days": 45, "retrain_every_days": 7}
    with pytest.raises(BadInput, match="one label at a time"):
        set_policy(site.platform, EVERY_LABEL, PolicyChanges(**retraining), "ada")
    set_policy(site.platform, SPEC.label_id, PolicyChanges(**retraining), "ada")
    before = {model.model_id for model in list_models(site.platform)}
    maintain(site.platform, utc(NOW))
    [built] = [model for model in list_models(site.platform) if model.model_id not in before]
    assert built.aliases == ["challenger"]
    assert not built.active
    assert built.train_from >= utc(NOW) - timedelta(days=45)
    assert "the policy of ada" in built.uploaded_by
    dataset = next(verdict for verdict in built.verdicts if verdict["step"] == "dataset")
    assert dataset["outcome"] == "passed", "it brings the manifest of the rows that it was trained on"
    maintain(site.platform, utc(NOW))
    site.clock.now += timedelta(days=3)
    maintain(site.platform, utc(NOW))
    assert len(list_models(site.platform)) == len(before) + 1
    assert [kind for kind in kinds(site) if kind == RETRAINED] == [RETRAINED]
    assert all(not model.active for model in list_models(site.platform))


# ── alerts ──────────────────────────────────────────────────────────────────────────────────────


def test_an_alert_is_signed_as_the_documentation_says_and_sent_once(site: Small) -> None:
    assert raise_alert(site.platform, TEST, "ada", "1", "Hello.", share=0.25)
    assert not raise_alert(site.platform, TEST, "ada", "1", "Hello again.")
    with receiving() as receiver:
        assert deliver(site.platform, hook(receiver)) == {"delivered": 1, "refused": 0}
        assert deliver(site.platform, hook(receiver)) == {"delivered": 0, "refused": 0}
    [(headers, body)] = receiver.taken
    assert headers["webhook-id"] == "test:ada:1"
    assert json.loads(body)["data"] == {
        "alert_id": "test:ada:1",
        "subject": "ada",
        "message": "Hello.",
        "share": 0.25,
    }
    documented = re.findall(r"```python\n(.*?)```", (REPOSITORY / "docs" / "alerts.md").read_text(), re.S)[0]
    namespace: dict[str, Any] = {}
    exec(documented, namespace)  # noqa: S102 - the very text that users copy
    namespace["time"] = type("Then", (), {"time": staticmethod(lambda: utc(NOW).timestamp())})
    assert namespace["verified"](headers, body, SECRET)
    assert not namespace["verified"](headers, body + b" ", SECRET)
    assert not namespace["verified"]({**headers, "webhook-timestamp": "1"}, body, SECRET)


def test_a_receiver_that_is_down_is_tried_again_and_nothing_of_its_address_is_told(
    site: Small, caplog: pytest.LogCaptureFixture
) -> None:
    raise_alert(site.platform, TEST, "ada", "1", "Hello.")
    with receiving(500, 503, 429, 301) as receiver, caplog.at_level(logging.DEBUG):
        assert deliver(site.platform, hook(receiver)) == {"delivered": 0, "refused": 1}
        assert len(receiver.taken) == 3
        site.clock.now += timedelta(minutes=10)
        assert deliver(site.platform, hook(receiver)) == {"delivered": 0, "refused": 0}, "too early"
        site.clock.now += timedelta(minutes=30)
        assert deliver(site.platform, hook(receiver)) == {"delivered": 0, "refused": 1}
        assert len(receiver.taken) == 4, "a redirect is not followed"
        site.clock.now += timedelta(hours=2)
        assert deliver(site.platform, hook(receiver)) == {"delivered": 1, "refused": 0}
    [alert] = alerts(site.platform, BEGINNING)
    assert (alert.attempts, alert.delivered_at is not None) == (3, True)
    assert {headers["webhook-id"] for headers, _ in receiver.taken} == {"test:ada:1"}
    assert len({body for _, body in receiver.taken}) == 1
    ours = "".join(r.getMessage() for r in caplog.records if r.name.startswith("ppa")) + str(alert.error)
    assert "127.0.0.1" in ours
    assert "token-in-the-path" not in ours + repr(hook(receiver))


def test_an_alert_whose_delivery_could_not_be_written_down_is_sent_again_by_the_same_name(
    site: Small,
) -> None:
    raise_alert(site.platform, TEST, "ada", "1", "Hello.")

    def refuse(table: str, rows: object, **_: object) -> int:
        raise WarehouseError("The disk is full.")

    with receiving() as receiver:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(site.platform.warehouse, "merge", refuse)
            with pytest.raises(WarehouseError):
                deliver(site.platform, hook(receiver))
        assert deliver(site.platform, hook(receiver)) == {"delivered": 1, "refused": 0}
    assert [headers["webhook-id"] for headers, _ in receiver.taken] == ["test:ada:1"] * 2


def test_nobody_is_asked_after_three_days(site: Small) -> None:
    raise_alert(site.platform, TEST, "ada", "1", "Hello.")
    site.clock.now += timedelta(days=3, hours=1)
    with receiving() as receiver:
        deliver(site.platform, hook(receiver))
    assert receiver.taken == []


@pytest.mark.parametrize(
    ("url", "secret", "words"),
    [
        ("http://example.com/hook", SECRET, "https"),
        ("file:///etc/passwd", SECRET, "https"),
        ("https://ada:pw@example.com", SECRET, "https"),
        ("https://", SECRET, "https"),
        ("https://example.com/hook", "", "unsigned"),
        ("https://example.com/hook", "short", "too short"),
        ("https://example.com/hook", "whsec_%%%", "not base64"),
    ],
)
def test_an_unsafe_webhook_is_refused_without_repeating_it(url: str, secret: str, words: str) -> None:
    settings = Settings(home=Path(), alert_url=url, alert_secret=secret)
    with pytest.raises(BadInput, match=words) as refused:
        configured_webhook(settings)
    assert "example.com" not in str(refused.value)
    assert SECRET not in repr(settings) + str(refused.value)


def test_rules_and_alerts_over_the_api(site: Small) -> None:
    with receiving() as receiver:
        settings = replace(site.platform.settings, alert_url=receiver.url, alert_secret=SECRET)
        with served(replace(site.platform, settings=settings)) as url:
            api = f"{url}/api/v1"
            set_ = ask(f"{api}/policies/*", "PUT", json={"expire_after_days": 90}).json()
            assert (set_["expire_after_days"], set_["by"]) == (90, "tester")
            listed = ask(f"{api}/policies").json()
            assert [rule["scope"] for rule in listed["rules"]] == ["*"]
            assert "Only people promote" in listed["promotion"]
            assert_problem(ask(f"{api}/policies/none", "PUT", json={"expire_after_days": 9}), 404, "none")
            for path in ("policies", "models/calm-v1/policies"):
                assert ask(f"{api}/{path.replace('policies', 'rules')}").json() == ask(f"{api}/{path}").json()
            assert (
                ask(f"{api}/rules/*", "PUT", json={"expire_after_days": 80}).json()["expire_after_days"] == 80
            )
            assert ask(f"{api}/policies/*", "PUT", json={"expire_after_days": 90}).ok
            index = ask(api).json()["endpoints"]
            assert "GET /api/v1/policies" in index
            assert "GET /api/v1/rules" not in index
            assert ask(f"{api}/alerts/test", "POST").json() == {"delivered": 1, "refused": 0, "error": None}
            response = ask(f"{api}/alerts")
            shown = response.json()
            assert (shown["webhook"], shown["alerts"][0]["attempts"]) == ("127.0.0.1", 1)
            assert shown["alerts"][0]["state"] == "delivered"
            assert "token-in-the-path" not in response.text
            raise_alert(site.platform, MODEL_EXPIRED, "bold-v1", "1", "Another one's.")
            raise_alert(site.platform, MODEL_EXPIRED, "calm-v1", "1", "It expired.")
            of_model = ask(f"{api}/models/calm-v1/policies").json()
            assert (of_model["own"], of_model["every"]["expire_after_days"]) == (None, 90)
            assert [(a["message"], a["state"]) for a in of_model["alerts"]] == [("It expired.", "waiting")]
            ask(f"{api}/policies/{SPEC.label_id}", "PUT", json={"warn_below_base": True, "paused": True})
            assert ask(f"{api}/models/calm-v1/policies").json()["own"]["paused"]
            site.clock.now += timedelta(seconds=1)
            assert ask(f"{api}/policies/{SPEC.label_id}", "DELETE").json()["removed"]
            assert ask(f"{api}/models/calm-v1/policies").json()["own"] is None
            assert_problem(ask(f"{api}/policies/{SPEC.label_id}", "DELETE"), 404, "no policy of its own")
            assert_problem(ask(f"{api}/models/none-v1/policies"), 404, "none-v1")
        with served(site.platform) as url:
            assert_problem(ask(f"{url}/api/v1/alerts/test", "POST"), 400, "No webhook is configured")
            assert ask(f"{url}/api/v1/alerts").json()["webhook"] is None
        wrong = replace(site.platform.settings, alert_url="http://example.com/token", alert_secret=SECRET)
        with served(replace(site.platform, settings=wrong)) as url:
            response = ask(f"{url}/api/v1/alerts")
            assert (response.json()["webhook"], "https" in response.json()["fault"]) == (None, True)
            assert "token" not in response.text
    assert len(receiver.taken) == 1
