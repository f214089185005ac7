"""Metrics of live predictions never change with backfilled or replayed predictions, or with training."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from platforms import HOUR, NOW, SPEC, TRAINED, Small, ask, copied, served, small

from ppa.core.contracts.changes import PolicyChanges
from ppa.core.origins import BUFFER, LIVE, ORIGINS, REPLAY
from ppa.core.times import utc
from ppa.jobs.maintenance import maintain
from ppa.jobs.predict import predict_hours
from ppa.reports.leaderboard import leaderboard
from ppa.reports.performance import measure_performance
from ppa.repository.models import find_model
from ppa.repository.policies import set_policy
from ppa.repository.prices import latest_closes
from ppa.storage.arrow import to_table

MODELS = ("calm-v1", "bold-v1")
FIRST_UNSEEN = utc(TRAINED) + timedelta(hours=7)
LAST = utc(NOW).floor("h") - HOUR
Figures = dict[str, Any]


@pytest.fixture
def site(history: Path, tmp_path: Path) -> Iterator[Small]:
    """Two active models with a fortnight of live predictions, every second hour."""
    opened = small(copied(history, tmp_path / "home"))
    opened.activate(*MODELS)
    for name in MODELS:
        write(opened, name, LIVE, pd.date_range(FIRST_UNSEEN, LAST - 24 * HOUR, freq="2h"), 0.6)
    yield opened
    opened.platform.close()


def write(site: Small, name: str, origin: str, hours: pd.DatetimeIndex, scale: float = 1.0) -> None:
    """Store predictions of one origin, scaled from a replay of these hours."""
    model, kept = find_model(site.platform, name), site.answers()
    predict_hours(site.platform, [model], hours, origin=REPLAY)
    built = site.answers(REPLAY)
    built = built[(built["model_id"] == name) & built["ts"].isin(hours)]
    others = kept[(kept["model_id"] == name) & (kept["origin"] == REPLAY)]["ts"]
    if origin != REPLAY:
        rows = built[~built["ts"].isin(others)]
        probability = np.clip(rows["probability"] * scale, 0, 1)
        changed = {"origin": origin, "probability": probability, "decision": probability >= 0.5}
        site.platform.warehouse.merge("predictions", to_table(rows.assign(**changed)))


def figures(url: str, origin: str) -> Figures:
    """Everything the API returns for one origin, without the counts of the other origins."""
    one = [f"models/calm-v1/{what}?origin={origin}" for what in ("performance", "drift", "results")]
    paths = [*one, f"models/calm-v1/performance?origin={origin}&window=7d", f"performance?origin={origin}"]
    result: Figures = {path: ask(f"{url}/api/v1/{path}").json() for path in paths}
    for output in result.values():
        output.pop("origins", None)
    if origin != BUFFER:
        view = ask(f"{url}/api/v1/live", params={"made": origin}).json()["view"]
        result["live"] = {name: view[name] for name in ("models", "together")}
    return result


def test_figures_of_an_origin_do_not_move_when_others_are_added(site: Small) -> None:
    with served(site.platform) as url:
        before = figures(url, LIVE)
        evaluated = before["models/calm-v1/performance?origin=live"]["evaluation"]
        assert evaluated["n"] > 100
        odd = pd.date_range(FIRST_UNSEEN + HOUR, LAST, freq="2h")
        write(site, "calm-v1", BUFFER, odd[:-24], 5.0)
        every = pd.date_range(FIRST_UNSEEN, LAST, freq="h")
        predict_hours(
            site.platform, [find_model(site.platform, name) for name in MODELS], every, origin=REPLAY
        )
        assert json.dumps(figures(url, LIVE), sort_keys=True) == json.dumps(before, sort_keys=True)
        own = [f"{url}/api/v1/models/calm-v1/performance?origin={origin}" for origin in ORIGINS]
        assert len({ask(one).json()["counts"]["matured"] for one in own}) == len(ORIGINS)


def judged(output: Figures) -> Figures:
    return {name: output[name] for name in ("evaluation", "base_rates", "verdict", "curves", "profit")}


def test_hours_that_a_model_was_trained_on_count_in_no_figure(site: Small) -> None:
    with served(site.platform) as url:
        path = "models/calm-v1/performance?origin=live"
        before = figures(url, LIVE)
        write(site, "calm-v1", LIVE, pd.date_range(utc(TRAINED) - 50 * HOUR, utc(TRAINED), freq="h"), 5.0)
        after = figures(url, LIVE)
        assert after[path]["in_training"] == 51
        assert judged(after[path]) == judged(before[path])
        assert after["performance?origin=live"] == before["performance?origin=live"]
        assert after["live"] == before["live"]


def test_a_rise_that_is_known_early_counts_in_no_standing(site: Small) -> None:
    write(site, "calm-v1", LIVE, pd.date_range(LAST - 5 * HOUR, LAST, freq="h"))
    site.market.revised[LAST + HOUR] = 1.25
    site.live(1, skip=["predict"])
    model = find_model(site.platform, "calm-v1")
    measured = measure_performance(site.platform, model, LIVE)
    assert measured.counts["pending"] == 5
    standing = leaderboard(site.platform, [model], LIVE)[model.model_id]
    assert standing.evaluation == measured.evaluation


def test_a_warning_is_about_live_predictions_alone(site: Small) -> None:
    set_policy(site.platform, SPEC.label_id, PolicyChanges(warn_below_base=True), "ada")
    site.platform.warehouse.merge("predictions", to_table(_as_buffer(site)), replace=True)
    maintain(site.platform, LAST.floor("D"))
    with served(site.platform) as url:
        output = ask(f"{url}/api/v1/alerts").json()["alerts"]
        live = ask(f"{url}/api/v1/models/calm-v1/performance?origin=live").json()
    low = live["evaluation"]["accuracy_low"]
    assert low < max(live["base_rates"].values())
    assert {alert["subject"]: alert["detail"]["accuracy_low"] for alert in output}[
        "calm-v1"
    ] == pytest.approx(low)


def _as_buffer(site: Small) -> pd.DataFrame:
    """Backfilled predictions of the same hours, all of them correct."""
    rows = site.answers(LIVE)
    definition = find_model(site.platform, "calm-v1").definition
    happened = (definition.labels(latest_closes(site.platform, "BTC")).reindex(rows["ts"]) == 1).to_numpy(
        dtype=bool
    )
    return rows.assign(origin=BUFFER, decision=happened, probability=happened * 0.98 + 0.01)
