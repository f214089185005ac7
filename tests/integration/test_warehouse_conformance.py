"""One suite for both warehouses: what the platform relies on, whichever holds its tables."""

import math
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from bigquery_scratch import Scratch, StorageReadingClient
from warehouse_rows import BASE, HOUR, Asker, Opener, observations, plausible_rows, select_all

from ppa.core.catalogue import Catalogue
from ppa.core.errors import BadInput, PpaError, WarehouseError
from ppa.storage.warehouse import Warehouse
from ppa.storage.warehouse.schema import ARROW_TYPES, load_tables
from ppa.storage.warehouse.statements import FOLDER, parameter_names

WRITERS = 4
STATEMENTS = sorted(path.stem for path in FOLDER.glob("*.sql"))
ANSWERS = {"since": BASE, "until": BASE + 9 * HOUR, "known_until": BASE + 9 * HOUR, "maximum": 5} | {
    "built_from": BASE,
    "stored_from": BASE,
    "stored_after": BASE,
    "catalogue_version": "catalogue_version-0",
    "model_ids": ["model_id-0", "model_id-1", "model_id-2"],
    "origins": ["origin-0", "origin-1", "origin-2"],
    "series": ["series-0", "series-1"],
    "one_series": "series-0",
    "one_label": "label_id-0",
    "one_model": "model_id-0",
}

PARAMETERS = [
    (True, True),
    (7, 7),
    (-(2**62), -(2**62)),
    (0.1, 0.1),
    ("x", "x"),
    (BASE + timedelta(microseconds=1), BASE + timedelta(microseconds=1)),
    (datetime(2024, 1, 1, 2, tzinfo=timezone(2 * HOUR)), datetime(2024, 1, 1, tzinfo=UTC)),
    (pd.Timestamp("2024-01-01T00:00:00.000001Z"), datetime(2024, 1, 1, 0, 0, 0, 1, tzinfo=UTC)),
]


def test_a_new_warehouse_has_every_table_with_its_types(
    warehouse: Warehouse, ask: Asker, catalogue: Catalogue
) -> None:
    for table in load_tables(catalogue).values():
        actual = ask(warehouse, select_all(table.name))
        assert len(actual) == 0
        assert actual.schema.names == table.arrow_schema.names
        assert actual.schema.types == table.arrow_schema.types


def test_the_version_token_of_a_table_changes_with_its_rows_and_with_nothing_else(
    warehouse: Warehouse,
) -> None:
    before = warehouse.version_token("observations"), warehouse.version_token("predictions")
    assert warehouse.version_token("observations") == before[0]
    warehouse.merge("observations", observations(3))
    after = warehouse.version_token("observations")
    assert after != before[0]
    assert warehouse.version_token("predictions") == before[1]
    warehouse.query("sources")
    assert warehouse.version_token("observations") == after


def test_rows_merged_again_are_written_once_and_keep_what_they_said_first(
    warehouse: Warehouse, ask: Asker
) -> None:
    assert warehouse.merge("observations", observations(3, value=1.0)) == 3
    assert warehouse.merge("observations", observations(5, value=100.0)) == 2
    assert _values(ask, warehouse) == [1.0, 2.0, 3.0, 103.0, 104.0]


def test_replacing_overwrites_by_key_and_leaves_other_rows(warehouse: Warehouse, ask: Asker) -> None:
    warehouse.merge("observations", observations(3, value=1.0))
    assert warehouse.merge("observations", observations(2, value=100.0), replace=True) == 2
    assert _values(ask, warehouse) == [100.0, 101.0, 3.0]


def test_a_row_of_every_table_comes_back_as_it_was_sent(
    warehouse: Warehouse, ask: Asker, catalogue: Catalogue
) -> None:
    for table in load_tables(catalogue).values():
        rows = plausible_rows(table)
        assert warehouse.merge(table.name, rows) == len(rows), table.name
        assert _sorted(ask.table(warehouse, table.name)) == _sorted(rows.to_pylist()), table.name


def test_no_rows_are_no_trouble(warehouse: Warehouse, ask: Asker) -> None:
    nothing = observations(1).slice(0, 0)
    assert (warehouse.merge("observations", nothing), warehouse.append("observations", nothing)) == (0, 0)
    assert ask.table(warehouse, "observations") == []


@pytest.mark.parametrize("write", ["merge", "append"])
def test_a_repeated_key_is_refused_and_nothing_written(warehouse: Warehouse, ask: Asker, write: str) -> None:
    twice = pa.concat_tables([observations(3, value=1.0), observations(1, value=2.0)])
    with pytest.raises(BadInput, match="1 rows for observations repeat the key"):
        getattr(warehouse, write)("observations", twice)
    assert ask.table(warehouse, "observations") == []


def _with(name: str, column: object) -> pa.Table:
    rows = observations(2)
    return rows.set_column(rows.schema.get_field_index(name), name, column)


UNFIT = {
    "an unknown column": (observations(2).append_column("colour", [["red", "blue"]]), "no column colour"),
    "a required column missing": (
        observations(2).drop_columns(["value"]),
        r"observations\.value is required",
    ),
    "a required value missing": (_with("source", [["test", None]]), r"observations\.source is required"),
    "text for a number": (_with("value", [["1.5", "much"]]), r"observations\.value has type FLOAT64"),
    "times without a zone": (_with("known_at", [[datetime(2024, 1, 1)] * 2]), "needs times with a time zone"),  # noqa: DTZ001 meant
    "nanoseconds": (
        _with("known_at", pa.chunked_array([pa.array([1, 2], pa.timestamp("ns", tz="UTC"))])),
        r"observations\.known_at has type TIMESTAMP",
    ),
}


@pytest.mark.parametrize("write", ["merge", "append"])
@pytest.mark.parametrize("unfit", UNFIT)
def test_rows_that_do_not_fit_are_refused_whole(
    warehouse: Warehouse, ask: Asker, write: str, unfit: str
) -> None:
    rows, sentence = UNFIT[unfit]
    with pytest.raises(WarehouseError, match=sentence):
        getattr(warehouse, write)("observations", rows)
    assert ask.table(warehouse, "observations") == []


def test_an_unknown_table_is_refused(warehouse: Warehouse) -> None:
    for write in (warehouse.merge, warehouse.append):
        with pytest.raises(WarehouseError, match="There is no table 'trades'"):
            write("trades", observations(1))


def test_null_nan_and_infinity_stay_apart(warehouse: Warehouse, ask: Asker, catalogue: Catalogue) -> None:
    rows = plausible_rows(load_tables(catalogue)["predictions"]).slice(0, 5)
    numbers = [None, math.nan, math.inf, -math.inf, 5e-324]
    rows = rows.set_column(rows.schema.get_field_index("probability"), "probability", [numbers])
    for write, origin in ((warehouse.merge, "live"), (warehouse.append, "buffer")):
        write("predictions", rows.set_column(2, "origin", [[origin] * 5]))
    for origin in ("live", "buffer"):
        actual = ask(
            warehouse,
            "SELECT probability FROM `{dataset}.predictions` WHERE origin = @origin ORDER BY ts",
            origin=origin,
        )["probability"]
        assert actual.null_count == 1
        np.testing.assert_array_equal(actual.to_pylist()[1:], numbers[1:])


def test_text_keeps_every_character(warehouse: Warehouse, ask: Asker) -> None:
    texts = ["", " ", 'it\'s "quoted" `so`', "line\nline\ttab\\n", "ĺ→日本 🜁", "{dataset} @since -- no"]
    rows = observations(len(texts)).set_column(0, "series", [texts])
    warehouse.merge("observations", rows)
    assert sorted(row["series"] for row in ask.table(warehouse, "observations")) == sorted(texts)
    for text in texts:
        assert ask(warehouse, "SELECT @text AS text", text=text)["text"].to_pylist() == [text]


@pytest.mark.parametrize("write", ["merge", "append"])
def test_instants_are_exact_to_the_microsecond_whatever_their_zone(
    warehouse: Warehouse, ask: Asker, write: str
) -> None:
    instants = [
        datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
        datetime(2024, 3, 10, 7, 0, 0, 1, tzinfo=UTC),
        datetime(2024, 11, 3, 6, 30, tzinfo=UTC),
        datetime(2261, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
    ]
    times = pa.array(instants, pa.timestamp("us", tz="America/New_York"))
    rows = observations(4).set_column(2, "known_at", times).set_column(1, "event_time", times)
    getattr(warehouse, write)("observations", rows)
    actual = ask(warehouse, "SELECT event_time, known_at FROM `{dataset}.observations` ORDER BY event_time")
    assert actual.schema.types == [pa.timestamp("us", tz="UTC")] * 2
    assert actual["event_time"].to_pylist() == actual["known_at"].to_pylist() == instants


def test_parameters_arrive_as_what_they_are(warehouse: Warehouse, ask: Asker) -> None:
    sql = "SELECT @value AS value, @value IN UNNEST(@many) AS there"
    for value, expected in PARAMETERS:
        actual = ask(warehouse, sql, value=value, many=[value]).to_pylist()
        assert actual == [{"value": expected, "there": True}]
        assert type(actual[0]["value"]) is type(expected)


def test_an_empty_list_holds_nothing(warehouse: Warehouse, ask: Asker) -> None:
    warehouse.merge("observations", observations(2))
    actual = ask(
        warehouse, "SELECT * FROM `{dataset}.observations` WHERE series IN UNNEST(@series)", series=[]
    )
    assert len(actual) == 0


def test_parameters_that_cannot_be_bound_are_refused(warehouse: Warehouse, ask: Asker) -> None:
    sql = "SELECT @since AS since -- not @until"
    for given in ({}, {"since": BASE, "until": BASE}, {"until": BASE}):
        with pytest.raises(WarehouseError, match="takes @since, not"):
            ask(warehouse, sql, **given)
    for value in (None, datetime(2024, 1, 1), b"bytes", {}):  # noqa: DTZ001 meant
        with pytest.raises(WarehouseError, match=r"@since of statement .* is "):
            ask(warehouse, sql, since=value)


def test_statements_that_cannot_run_are_refused_with_one_sentence(warehouse: Warehouse, ask: Asker) -> None:
    with pytest.raises(WarehouseError, match="There is no statement 'nothing'"):
        warehouse.query("nothing")
    with pytest.raises(WarehouseError, match=r"refused .*nowhere") as refused:
        ask(warehouse, "SELECT * FROM `{dataset}.nowhere`")
    assert len(str(refused.value).splitlines()) == 1


def test_rows_appended_again_are_there_once(warehouse: Warehouse, ask: Asker) -> None:
    for _ in range(2):
        warehouse.append("observations", observations(3))
    assert _values(ask, warehouse) == [1.0, 2.0, 3.0]


@pytest.mark.parametrize("replace", [False, True])
def test_writers_of_the_same_rows_leave_one_of_each(warehouse: Warehouse, ask: Asker, replace: bool) -> None:
    start = threading.Barrier(WRITERS)

    def write(_: int) -> int:
        start.wait()
        return warehouse.merge("observations", observations(20), replace=replace)

    with ThreadPoolExecutor(WRITERS) as pool:
        written = sum(pool.map(write, range(WRITERS)))
    assert _values(ask, warehouse) == [1.0 + i for i in range(20)]
    assert written == 20 * (WRITERS if replace else 1)


def test_readers_see_a_batch_whole_or_not_at_all(warehouse: Warehouse, ask: Asker) -> None:
    sql = "SELECT COUNT(*) AS rows_there FROM `{dataset}.observations`"
    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(warehouse.merge, "observations", observations(2000))
        seen = {ask(warehouse, sql)["rows_there"][0].as_py()}
        while not writing.done():
            seen.add(ask(warehouse, sql)["rows_there"][0].as_py())
    assert writing.result() == 2000
    assert seen <= {0, 2000}


def test_a_year_of_rows_at_once(warehouse: Warehouse, ask: Asker, catalogue: Catalogue) -> None:
    table = load_tables(catalogue)["features_hourly"]
    hours = pd.date_range(BASE, periods=15_000, freq="h", unit="us")
    random = np.random.default_rng(1)
    columns = {c.name: random.random(len(hours)) for c in table.columns if not c.required}
    fixed = dict.fromkeys(("catalogue_version", "row_hash"), ["x"] * len(hours))
    rows = pa.table({"ts": hours, "built_at": hours, **fixed, **columns})
    assert warehouse.merge("features_hourly", rows) == len(rows)
    actual = ask(warehouse, "SELECT COUNT(*) AS n, SUM(btc_usd_close) AS s FROM `{dataset}.features_hourly`")
    assert actual["n"].to_pylist() == [len(rows)]
    assert actual["s"][0].as_py() == pytest.approx(columns["btc_usd_close"].sum())


def test_what_was_written_is_there_after_a_restart(opener: Opener, ask: Asker) -> None:
    opener().merge("observations", observations(3))
    assert _values(ask, opener()) == [1.0, 2.0, 3.0]


def test_nothing_is_billed_by_what_costs_nothing(warehouse: Warehouse) -> None:
    warehouse.merge("observations", observations(1))
    assert warehouse.bytes_billed() == 0


@pytest.mark.parametrize(
    "opener",
    ["embedded", pytest.param("cloud", marks=(pytest.mark.emulator, pytest.mark.torture))],
    indirect=True,
)
def test_every_statement_answers_in_the_types_of_the_tables(
    warehouse: Warehouse, catalogue: Catalogue
) -> None:
    empty = {name: warehouse.query(name, **_answers(name)).schema.types for name in STATEMENTS}
    _fill(warehouse, catalogue)
    for name in STATEMENTS:
        filled = warehouse.query(name, **_answers(name))
        assert len(filled) > 0, f"no row of {name}.sql: give it parameters here that find one"
        assert filled.schema.types == empty[name], name
        assert set(filled.schema.types) <= set(ARROW_TYPES.values()), name


@pytest.mark.emulator
def test_no_staging_table_is_left(cloud: Opener, scratch: Scratch) -> None:
    warehouse, tables = cloud(), scratch.tables()
    warehouse.merge("observations", observations(1))
    assert scratch.tables() == tables


@pytest.mark.emulator
def test_a_large_result_is_read_from_the_storage_api(
    scratch: Scratch, cloud: Opener, ask: Asker, catalogue: Catalogue
) -> None:
    cloud().merge("observations", observations(20_000))
    client = StorageReadingClient(scratch.emulator)
    warehouse = scratch.open_as_in_the_cloud(client)
    actual = ask(warehouse, "SELECT event_time, value FROM `{dataset}.observations` ORDER BY event_time")
    assert client.reads == 1
    assert actual.schema.types == [pa.timestamp("us", tz="UTC"), pa.float64()]
    assert actual["event_time"].to_pylist() == [BASE + i * HOUR for i in range(20_000)]
    warehouse.close()


@pytest.mark.emulator
def test_both_warehouses_give_the_same_answers(embedded: Opener, cloud: Opener, catalogue: Catalogue) -> None:
    at_home, away = embedded(), cloud()
    for warehouse in (at_home, away):
        _fill(warehouse, catalogue)
    for name in STATEMENTS:
        here, there = (w.query(name, **_answers(name)) for w in (at_home, away))
        assert here.schema.names == there.schema.names, name
        assert here.schema.types == there.schema.types, name
        assert _sorted(here.to_pylist()) == _sorted(there.to_pylist()), name


def test_a_closed_warehouse_refuses_with_an_error_of_ours(embedded: Opener) -> None:
    warehouse = embedded()
    warehouse.close()
    with pytest.raises(PpaError):
        warehouse.merge("observations", observations(1))


def _answers(name: str) -> dict[str, object]:
    unknown = parameter_names(name) - ANSWERS.keys()
    assert not unknown, f"{name}.sql has new parameters: give {sorted(unknown)} a plausible value in ANSWERS"
    return {key: ANSWERS[key] for key in parameter_names(name)}


def _fill(warehouse: Warehouse, catalogue: Catalogue) -> None:
    for table in load_tables(catalogue).values():
        warehouse.merge(table.name, plausible_rows(table))


def _values(ask: Asker, warehouse: Warehouse) -> list[object]:
    sql = "SELECT value FROM `{dataset}.observations` ORDER BY event_time"
    values: list[object] = ask(warehouse, sql)["value"].to_pylist()
    return values


def _sorted(rows: list[dict[str, object]]) -> list[dict[str, object]]:
    return sorted(rows, key=lambda row: [str(value) for value in row.values()])
