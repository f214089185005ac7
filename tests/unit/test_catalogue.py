"""Catalogue: content, validation, and extension by new assets and features."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

from ppa.core.catalogue import BAR_FIELDS, parse_catalogue
from ppa.core.errors import BadInput, NotFound
from ppa.core.features.rows import as_of_frame, row_hashes
from ppa.core.features.transforms import LOOKBACK_HOURS, TRANSFORMS
from ppa.ops.catalogue_file import DEFAULT_PATH, load_catalogue
from ppa.ops.clock import fixed
from ppa.providers.synthetic import SyntheticProvider
from ppa.storage.arrow import to_table
from ppa.storage.warehouse.duckdb import DuckDBWarehouse
from ppa.storage.warehouse.schema import load_tables, schema_files
from tests.unit.builders import full_catalogue, hours_from

CATALOGUE = load_catalogue()
BARS = ("open", "high", "low", "close", "volume", "vwap")
# columns of the reference app, with their names here
ORIGINAL = {
    "bars": [f"btc_usd_{field}" for field in BARS],
    "daily bars": [f"btc_usd_daily_{field}" for field in BARS],
    "economy": [
        "real_gdp",
        "real_gdp_per_capita",
        "cpi",
        "inflation",
        "retail_sales",
        "durables",
        "unemployment",
        "nonfarm_payroll",
    ],
    "rates": ["federal_funds", *(f"treasury_{tenor}" for tenor in ("3m", "2y", "5y", "7y", "10y", "30y"))],
    "commodities": [
        "wti",
        "brent",
        "natural_gas",
        "copper",
        "aluminum",
        "wheat",
        "corn",
        "cotton",
        "sugar",
        "coffee",
        "commodity_index",
    ],
    "currencies": [
        f"fx_{code}" for code in ("eur", "jpy", "gbp", "cad", "sek", "chf", "brl", "rub", "inr", "cny", "sar")
    ],
}
GROWN = """
[[assets]]
id = "NEW"
name = "New coin"
prefix = "new_usd"
pair = "NEW/USD"
range = [0.01, 500.0]
sources = [{ provider = "coinbase", symbol = "NEW-USD" }]

[[features]]
name = "at"
group = "new"
unit = "index"
description = "A new index, with a name that SQL reserves."
cadence = "daily"
range = [1.0, 99.0]
sources = [{ provider = "fred", symbol = "NEWIDX" }]

[[features]]
name = "new_spread"
group = "new"
unit = "index"
description = "The new index less volatility."
transform = "difference"
inputs = ["at", "vix"]
"""
NOW = datetime(2026, 3, 1, tzinfo=UTC)
HOURS = hours_from(pd.Timestamp("2026-02-20", tz="UTC"), 30)


# ── what there is ────────────────────────────────────────────────────────────────────────────────


def test_there_are_sixty_features_and_more_each_named_once():
    assert len(CATALOGUE.features) >= 60
    assert len(set(CATALOGUE.feature_names)) == len(CATALOGUE.features)


def test_every_column_of_the_original_is_here_under_its_group():
    assert sum(map(len, ORIGINAL.values())) == 49
    groups = {feature.name: feature.group for feature in CATALOGUE.features}
    for group, names in ORIGINAL.items():
        assert {name: groups.get(name) for name in names} == dict.fromkeys(names, group)


def test_every_feature_says_what_it_is():
    for feature in CATALOGUE.features:
        assert feature.name.isidentifier(), feature.name
        assert feature.name.islower(), feature.name
        assert feature.unit, feature.name
        assert feature.description.endswith("."), feature.name


def test_every_feature_is_made_of_series_that_are_there_by_a_transform_that_is_there():
    for feature in CATALOGUE.features:
        assert feature.transform in TRANSFORMS
        assert set(feature.inputs) <= set(CATALOGUE.series)
        assert feature.hours < LOOKBACK_HOURS


def test_every_series_can_be_had_somewhere_and_has_plausible_times_and_values():
    for series in CATALOGUE.series.values():
        assert series.sources, series.name
        assert series.range[0] < series.range[1], series.name
        assert timedelta(0) <= series.lag <= timedelta(days=200), series.name
        # the next value arrives before this one exceeds max_age
        carried = series.max_age if series.cadence != "hourly" else series.max_age + series.period
        assert carried >= series.period + series.lag, series.name


def test_an_asset_is_found_by_its_id_in_any_case_and_an_unknown_one_is_not():
    assert CATALOGUE.asset("btc") is CATALOGUE.asset("BTC")
    with pytest.raises(NotFound, match=r"no asset 'DOGGO'; choose one of BTC, ETH"):
        CATALOGUE.asset("DOGGO")


def test_a_feature_is_found_by_its_name_and_an_unknown_one_is_not():
    assert CATALOGUE.feature("vix").group == "volatility"
    with pytest.raises(NotFound, match="no feature 'mood'"):
        CATALOGUE.feature("mood")


# ── an entry is all it takes ─────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def grown(tmp_path_factory):
    """A catalogue file with one more asset and two more features."""
    path = tmp_path_factory.mktemp("catalogue") / "catalogue.toml"
    path.write_text(DEFAULT_PATH.read_text(encoding="utf-8") + GROWN, encoding="utf-8")
    return load_catalogue(path)


def rows_of(catalogue):
    """Rows built from the synthetic source for a catalogue."""
    source, since = SyntheticProvider(catalogue, clock=fixed(NOW)), NOW - timedelta(days=800)
    pages = [
        page
        for asset in catalogue.assets.values()
        for page in source.bars(asset, None, NOW - timedelta(days=30), NOW)
    ]
    pages += [
        page
        for series in catalogue.series.values()
        if series.cadence != "hourly"
        for page in source.series(series, None, since, NOW)
    ]
    return as_of_frame(pd.concat(pages), catalogue, HOURS)


@pytest.fixture(scope="module")
def rows():
    return rows_of(CATALOGUE)


@pytest.fixture(scope="module")
def grown_rows(grown):
    return rows_of(grown)


def stored(catalogue, rows):
    """Rows as stored in `features_hourly`."""
    described = rows.assign(catalogue_version=catalogue.version, built_at=NOW, row_hash=row_hashes(rows))
    return to_table(described.reset_index())


def read_back(warehouse, catalogue):
    table = warehouse.query(
        "feature_rows", since=HOURS[0], until=HOURS[-1], catalogue_version=catalogue.version
    )
    return table.to_pandas().set_index("ts")


def test_an_entry_makes_a_series_features_and_columns(grown):
    added = [name for name in grown.feature_names if name not in CATALOGUE.feature_names]
    templates = [f.name.removeprefix("btc_usd_") for f in CATALOGUE.features if f.name.startswith("btc_usd")]
    assert added == [*(f"new_usd_{name}" for name in templates), "at", "new_spread"]
    assert set(grown.series) - set(CATALOGUE.series) == {"at", *(f"new_usd_{field}" for field in BAR_FIELDS)}
    columns = schema_files(load_tables(grown))["schemas/features_hourly.json"]
    assert [column["name"] for column in columns][4:] == list(grown.feature_names)
    assert columns[-2] == {
        "name": "at",
        "type": "FLOAT64",
        "mode": "NULLABLE",
        "description": "A new index, with a name that SQL reserves. [index]",
    }


def test_its_rows_are_filled_and_the_other_columns_stay_as_they_were(rows, grown_rows):
    added = [name for name in grown_rows.columns if name not in rows.columns]
    assert grown_rows[added].notna().all(axis=None)
    pd.testing.assert_frame_equal(grown_rows[rows.columns], rows, check_exact=True)


def test_an_existing_warehouse_gains_its_columns_and_keeps_its_rows(grown, rows, grown_rows, tmp_path: Path):
    path = tmp_path / "warehouse.duckdb"
    old = DuckDBWarehouse(path, CATALOGUE)
    old.merge("features_hourly", stored(CATALOGUE, rows))
    before = read_back(old, CATALOGUE)
    old.close()
    new = DuckDBWarehouse(path, grown)
    kept = read_back(new, CATALOGUE)
    assert set(kept.columns) - set(before.columns) == set(grown.feature_names) - set(CATALOGUE.feature_names)
    pd.testing.assert_frame_equal(kept[before.columns], before, check_exact=True)
    new.merge("features_hourly", stored(grown, grown_rows), replace=True)
    again = read_back(new, grown)
    new.close()
    assert again["row_hash"].tolist() == row_hashes(grown_rows)[:-1]
    pd.testing.assert_frame_equal(
        again[list(grown.feature_names)], grown_rows.iloc[:-1], check_exact=True, check_freq=False
    )


# ── the version stands for the numbers ───────────────────────────────────────────────────────────


def version_with(change):
    raw = full_catalogue()
    change(raw)
    return parse_catalogue(raw).version


def named(raw, name):
    return next(entry for entry in (*raw["features"], *raw["asset_features"]) if entry["name"] == name)


NUMBERS = {
    "grace": lambda raw: raw.update(grace_minutes=6),
    "the lag of a cadence": lambda raw: raw["cadences"]["hourly"].update(lag=0.1),
    "the lag of a series": lambda raw: named(raw, "vix").update(lag=25.0),
    "the days that a lag counts": lambda raw: named(raw, "vix").update(business_days=False),
    "an age": lambda raw: raw["cadences"]["daily"].update(max_age=481),
    "a cadence": lambda raw: named(raw, "cpi").update(cadence="quarterly"),
    "a window": lambda raw: named(raw, "volatility_24h").update(hours=23),
    "a transform": lambda raw: named(raw, "daily_high").update(transform="daily_low"),
    "an input": lambda raw: named(raw, "treasury_slope").update(inputs=["treasury_30y", "treasury_2y"]),
    "a name": lambda raw: named(raw, "treasury_slope").update(name="slope"),
    "the order": lambda raw: raw["features"].reverse(),
    "a feature less": lambda raw: raw["features"].pop(),
    "an asset less": lambda raw: raw["assets"].pop(),
}
WORDS = {
    "a description": lambda raw: named(raw, "vix").update(description="Fear."),
    "a group": lambda raw: named(raw, "vix").update(group="fear"),
    "a unit": lambda raw: named(raw, "vix").update(unit="points"),
    "a range": lambda raw: named(raw, "vix").update(range=[1.0, 500.0]),
    "a source": lambda raw: named(raw, "vix")["sources"].append({"provider": "polygon", "symbol": "I:VIX"}),
    "the name of an asset": lambda raw: raw["assets"][0].update(name="bitcoin"),
    "what was the default": lambda raw: named(raw, "vix").update(max_age=480),
}


@pytest.mark.parametrize("change", NUMBERS.values(), ids=NUMBERS)
def test_the_version_changes_with_what_may_change_a_number(change):
    assert version_with(change) != CATALOGUE.version


@pytest.mark.parametrize("change", WORDS.values(), ids=WORDS)
def test_the_version_stays_with_what_changes_words_only(change):
    assert version_with(change) == CATALOGUE.version


@pytest.mark.parametrize(
    ("cadence", "days"),
    [("hourly", 1 / 24), ("daily", 1), ("monthly", 31), ("quarterly", 92), ("yearly", 366)],
)
def test_a_period_is_the_longest_of_its_cadence(cadence, days):
    raw = full_catalogue()
    named(raw, "vix").update(cadence=cadence)
    assert parse_catalogue(raw).series["vix"].period == pd.Timedelta(days=days)


def test_what_an_entry_leaves_out_has_the_default_of_its_cadence():
    raw = full_catalogue()
    for key in ("lag", "max_age", "business_days"):
        named(raw, "vix").pop(key, None)
    named(raw, "vix").update(cadence="hourly")
    result = parse_catalogue(raw)
    hourly = raw["cadences"]["hourly"]
    assert result.series["vix"].lag == pd.Timedelta(hours=hourly["lag"])
    assert result.series["vix"].max_age == pd.Timedelta(hours=hourly["max_age"])
    assert not result.series["vix"].business_days
    assert (result.feature("vix").transform, result.feature("vix").inputs, result.feature("vix").hours) == (
        "level",
        ("vix",),
        0,
    )
    assert result.grace == pd.Timedelta(minutes=raw["grace_minutes"])


def test_a_bar_has_the_range_of_its_asset_and_a_volume_its_own():
    low, high = full_catalogue()["assets"][0]["range"]
    assert CATALOGUE.series["btc_usd_close"].range == (low, high)
    assert CATALOGUE.series["btc_usd_volume"].range == (0.0, 1e15)
    assert CATALOGUE.feature("btc_usd_return_1h").inputs == ("btc_usd_close",)
    source = CATALOGUE.series["btc_usd_close"].sources[0]
    entry = full_catalogue()["assets"][0]["sources"][0]
    assert (source.provider, source.symbol) == (entry["provider"], entry["symbol"])
    assert source.parameters == {k: v for k, v in entry.items() if k not in ("provider", "symbol")}


@pytest.mark.parametrize(("hours", "allowed"), [(1, True), (168, True), (0, False), (169, False)])
def test_a_window_is_1_to_168_hours(hours, allowed):
    def change(raw):
        named(raw, "return_1h").update(hours=hours)

    if allowed:
        assert version_with(change)
    else:
        with pytest.raises(BadInput, match=f"looks back {hours} hours"):
            version_with(change)


# ── an entry that cannot work is refused at once ─────────────────────────────────────────────────

REFUSED = {
    "a name twice": (lambda raw: raw["features"].append(named(raw, "vix")), "'vix' is defined twice"),
    "no such transform": (
        lambda raw: named(raw, "treasury_slope").update(transform="slope"),
        "'treasury_slope' has the unknown transform 'slope'",
    ),
    "no such input": (
        lambda raw: named(raw, "treasury_slope").update(inputs=["treasury_10y", "gilt"]),
        "'treasury_slope' uses 'gilt'",
    ),
    "a window beyond the look-back": (
        lambda raw: named(raw, "return_168h").update(hours=720),
        "'btc_usd_return_168h' looks back 720 hours",
    ),
    "no window": (lambda raw: named(raw, "return_1h").pop("hours"), "'btc_usd_return_1h' looks back 0 hours"),
}


@pytest.mark.parametrize(("change", "words"), REFUSED.values(), ids=REFUSED)
def test_an_entry_that_cannot_be_made_is_refused_in_a_sentence(change, words):
    with pytest.raises(BadInput, match=words):
        version_with(change)
