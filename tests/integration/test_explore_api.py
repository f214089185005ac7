"""Feature overview and exploration over a socket, for saved labels and definitions alike."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from platforms import LOOKAHEAD, SPEC, ask, assert_problem, copied, served, small

from ppa.ops.catalogue_file import load_catalogue

DEFINITION = f"asset=BTC&mode=touch&lookahead={LOOKAHEAD}&threshold=0.01"
SAVED = f"labels/{SPEC.label_id}/explore"


@pytest.fixture(scope="module")
def url(history: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Platform with two months of bars and one slow series."""
    lived = small(copied(history, tmp_path_factory.mktemp("explore")))
    with served(lived.platform) as url:
        yield url
    lived.platform.close()


def get(url: str, path: str) -> Any:
    answer = ask(f"{url}/api/v1/{path}")
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_features_come_with_their_coverage_and_course(url: str) -> None:
    listed = {feature["name"]: feature for feature in get(url, "features")["features"]}
    assert tuple(listed) == load_catalogue().feature_names
    close, vix, funds = (listed[name] for name in ("btc_usd_close", "vix", "federal_funds"))
    assert (close["coverage"], close["first_hour"]) == (1.0, "2026-01-01T00:00:00Z")
    assert (vix["coverage"], vix["first_hour"], set(vix["sparkline"])) == (0.0, None, {None})
    assert 0 < funds["coverage"] <= 1
    assert len(close["sparkline"]) == 60
    assert (min(close["sparkline"]), max(close["sparkline"])) == (0, 99)


@pytest.mark.parametrize("part", ["relations", "distribution", "missingness"])
def test_a_definition_is_explored_as_the_saved_label_is(url: str, part: str) -> None:
    feature = "&feature=btc_usd_return_24h"
    assert get(url, f"{SAVED}/{part}?{feature}") == get(url, f"explore/{part}?{DEFINITION}{feature}")


def test_relations_say_how_many_rows_are_independent(url: str) -> None:
    result = get(url, f"{SAVED}/relations")
    assert result["rows"] // LOOKAHEAD <= result["independent"] <= result["rows"] // LOOKAHEAD + 2
    assert (
        f"{result['rows']:,} rows contain only {result['independent']:,} non-overlapping windows"
        in result["warning"]
    )
    by_name = {one["feature"]: one for one in result["relations"]}
    assert tuple(by_name) == load_catalogue().feature_names
    day = by_name["btc_usd_return_24h"]
    assert day["effective_n"] < day["n"] < result["rows"]
    assert -1 < day["spearman"] < 1
    assert day["information"] > 0
    assert by_name["vix"]["information"] is None


def test_a_distribution_holds_every_row_with_a_label(url: str) -> None:
    summary = get(url, f"labels/{SPEC.label_id}")["summary"]
    result = get(url, f"{SAVED}/distribution?feature=btc_usd_return_24h")
    assert sum(result["ones"]) + result["missing"]["ones"] == summary["positives"]
    assert sum(result["zeros"]) + result["missing"]["zeros"] == summary["negatives"]
    assert len(result["edges"]) == len(result["ones"]) + 1
    assert get(url, f"{SAVED}/distribution?feature=vix")["edges"] == []


def test_missingness_is_told_by_month_and_group(url: str) -> None:
    result = get(url, f"{SAVED}/missingness?feature=vix")
    assert result["months"][:2] == ["2026-01", "2026-02"]
    assert result["values"] == [1.0] * len(result["months"])
    shares = {one["group"]: one["share"] for one in result["groups"]}
    assert set(shares) == {feature.group for feature in load_catalogue().features}
    assert shares["calendar"] == [0.0] * len(result["months"])


def test_what_cannot_be_explored_is_one_sentence(url: str) -> None:
    assert_problem(ask(f"{url}/api/v1/{SAVED}/distribution?feature=none"), 404, "There is no feature 'none'")
    assert_problem(ask(f"{url}/api/v1/labels/none/explore/relations"), 404, "There is no label 'none'")
    assert_problem(ask(f"{url}/api/v1/explore/relations?lookahead=0"), 400, "lookahead is '0'")
