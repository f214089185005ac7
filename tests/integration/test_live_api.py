"""Polled live view over a socket: no change, a new price, a new hour; ranks, overlays, consensus."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import requests
from platforms import HOUR, LOOKAHEAD, NOW, SPEC, Small, ask, assert_problem, copied, served, small

from ppa.core.labels.definition import LabelDefinition
from ppa.repository.labels import save_label
from ppa.repository.model_events import ACTIVATED, append_event
from ppa.repository.models import find_model
from ppa.storage.arrow import rows_table

LIVED = 3
RANKS = ("lower", "accuracy", "lift", "auc", "brier", "profit")


class Page:
    """Client like the live page: sends the entity tag and the mark of the previous response."""

    def __init__(self, url: str) -> None:
        self.url, self.tag, self.have = url, "", ""

    def poll(self, **arguments: object) -> requests.Response:
        query = {**arguments, "have": self.have}
        answer = ask(f"{self.url}/api/v1/live", params=query, headers={"If-None-Match": self.tag})
        self.tag = answer.headers["ETag"]
        if answer.status_code == 200:
            self.have = answer.json()["mark"]
        return answer


@pytest.fixture(scope="module")
def lived(history: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Small, str]]:
    """Two active models and three live hours, the first without its bar."""
    platform = small(copied(history, tmp_path_factory.mktemp("live")))
    platform.activate("calm-v1", "bold-v1")
    platform.market.withheld.add(NOW.replace(minute=0) + HOUR)
    platform.live(LIVED)
    with served(platform.platform) as url:
        yield platform, url
    platform.platform.close()


def test_an_answer_is_told_with_what_came_of_it_or_why_there_is_none(lived: tuple[Small, str]) -> None:
    _, url = lived
    view = Page(url).poll(days=2).json()["view"]
    reported = view["answers"]["calm-v1"]
    size = len(reported["hour"])
    assert size == 4 * LOOKAHEAD + LIVED
    assert reported["origin"] == "b" * (4 * LOOKAHEAD) + "l" * LIVED
    assert reported["hour"] == sorted(reported["hour"])
    hour, (reason, detail) = next(iter(reported["gaps"].items()))
    at = reported["hour"].index(int(hour))
    assert (reason, reported["probability"][at], reported["decision"][at]) == ("late_data", None, None)
    assert detail
    assert view["reasons"].keys() >= {why for why, _ in reported["gaps"].values()}
    stored = ask(f"{url}/api/v1/predictions?model_id=calm-v1&limit=100").json()["predictions"][::-1]
    assert reported["outcome"] == [one["outcome"] for one in stored]
    output = [one["probability"] for one in stored]
    assert reported["probability"] == [one if one is None else pytest.approx(one, abs=1e-4) for one in output]
    assert view["since"] < stored[0]["ts"]


def test_models_of_one_label_are_told_together_and_how_alike_they_are(lived: tuple[Small, str]) -> None:
    _, url = lived
    (together,) = Page(url).poll().json()["view"]["together"]
    assert (together["label_id"], together["models"]) == (SPEC.label_id, 2)
    assert together["share"] == together["rises"] / 2
    # a few live hours do not determine the correlation, and backfilled ones are excluded from live figures
    assert together["effective"] is None


def test_a_model_is_told_with_its_whole_label(history: Path, tmp_path: Path) -> None:
    lived = small(copied(history, tmp_path / "home"))
    platform = lived.platform
    barrier = LabelDefinition("BTC", "triple_barrier", 6, 1.5, stop_loss=1.0, volatility_window=48)
    label, _ = save_label(platform, barrier, "", "tester")
    row = {**find_model(platform, "calm-v1").to_row(), "model_id": "barrier-v1", "label_id": label.label_id}
    platform.warehouse.merge("models", rows_table([row]))
    append_event(platform, "barrier-v1", ACTIVATED, "tester")
    with served(platform) as url:
        (model,) = Page(url).poll().json()["view"]["models"]
    criterion = ("mode", "lookahead", "threshold", "stop_loss", "volatility_window")
    assert [model[name] for name in criterion] == ["triple_barrier", 6, 1.5, 1.0, 48]
    platform.close()


def test_another_view_is_told_whole_though_nothing_happened(lived: tuple[Small, str]) -> None:
    page = Page(lived[1])
    days = page.poll(days=2).json()["view"]
    week = page.poll(days=7).json()["view"]
    assert len(week["close"]) - len(days["close"]) == 5 * 24
    assert page.poll(days=7).status_code == 304


@pytest.mark.parametrize("rank", RANKS)
def test_models_are_ranked_and_chosen(lived: tuple[Small, str], rank: str) -> None:
    _, url = lived
    view = Page(url).poll(rank=rank, models="bold-v1,gone-v1").json()["view"]
    assert (view["shown"], list(view["answers"])) == (["bold-v1"], ["bold-v1"])
    assert len(view["models"]) == 2


@pytest.mark.parametrize(
    ("query", "status", "words"),
    [
        ("asset=XYZ", 404, "There is no asset 'XYZ'"),
        ("days=99", 400, "days is '99'"),
        ("made=dream", 400, "made is 'dream'"),
        ("rank=luck", 400, "rank is 'luck'"),
        ("models=a,b,c,d,e,f,g", 400, "Give a list of at most 6"),
    ],
)
def test_what_cannot_be_shown_is_said(lived: tuple[Small, str], query: str, status: int, words: str) -> None:
    assert_problem(ask(f"{lived[1]}/api/v1/live?{query}"), status, words)


def test_an_empty_store_has_an_empty_view(tmp_path: Path) -> None:
    nothing = small(tmp_path)
    with served(nothing.platform) as url:
        reported = Page(url).poll().json()
    assert (reported["quote"], reported["view"]["models"], reported["view"]["answers"]) == (None, [], {})
    nothing.platform.close()


def test_a_page_is_told_what_changed_and_nothing_else(lived: tuple[Small, str]) -> None:
    platform, url = lived
    page = Page(url)
    whole = page.poll(asset="BTC").json()
    assert whole["view"]["shown"] == [model["model_id"] for model in whole["view"]["models"]]
    assert {model["model_id"] for model in whole["view"]["models"]} == {"calm-v1", "bold-v1"}

    unchanged = page.poll(asset="BTC")
    assert (unchanged.status_code, unchanged.content) == (304, b"")

    quote = {"asset": "BTC", "ts": platform.clock.now, "price": 45_678.9, "source": "coinbase"}
    platform.platform.warehouse.merge("quotes", rows_table([quote]))
    moved = page.poll(asset="BTC")
    assert (moved.json()["view"], moved.json()["quote"]["price"]) == (None, 45_678.9)
    assert len(moved.content) < 500
    assert page.poll(asset="BTC").status_code == 304

    platform.live(1)
    hour = page.poll(asset="BTC").json()
    for name, before in whole["view"]["answers"].items():
        assert len(hour["view"]["answers"][name]["hour"]) == len(before["hour"]) + 1
    assert page.poll(asset="BTC").status_code == 304

    platform.clock.now += timedelta(seconds=1)
    assert ask(f"{url}/api/v1/models/bold-v1/activation", "DELETE").status_code == 200
    assert [model["model_id"] for model in page.poll(asset="BTC").json()["view"]["models"]] == ["calm-v1"]
