"""Table definitions agree between Terraform, both warehouses and the catalogue."""

import json
import re
from pathlib import Path

import pytest
import sqlglot
from sqlglot import exp

from ppa.core.errors import WarehouseError
from ppa.ops.catalogue_file import load_catalogue
from ppa.storage.warehouse import statements
from ppa.storage.warehouse.schema import ARROW_TYPES, FOLDER, Table, load_tables, table_named
from ppa.storage.warehouse.statements import FOLDER as STATEMENTS
from ppa.storage.warehouse.statements import load_statement, merge_statement, parameter_names

TABLES = load_tables(load_catalogue())
FILES = sorted((FOLDER / "schemas").glob("*.json"))
# https://cloud.google.com/bigquery/docs/reference/standard-sql/lexical#reserved_keywords
RESERVED = set(
    """all and any array as asc assert_rows_modified at between by case cast collate contains create cross cube
    current default define desc distinct else end enum escape except exclude exists extract false fetch following
    for from full group grouping groups hash having if ignore in inner intersect interval into is join lateral
    left like limit lookup merge natural new no not null nulls of on or order outer over partition preceding proto
    qualify range recursive respect right rollup rows select set some struct tablesample then to treat true
    unbounded union unnest using when where window with within""".split()  # noqa: SIM905 as the page lists them
)


def test_every_table_has_its_file_and_every_file_its_table() -> None:
    assert {path.stem for path in FILES} == set(TABLES)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_schema_is_in_the_words_that_settle_a_plan(path: Path) -> None:
    for field in json.loads(path.read_text(encoding="utf-8")):
        assert set(field) == {"name", "type", "mode", "description"}
        assert field["type"] in ARROW_TYPES
        assert field["mode"] in {"REQUIRED", "NULLABLE"}
        assert re.fullmatch(r"[a-z][a-z0-9_]*", field["name"])
        assert field["description"]


every_table = pytest.mark.parametrize("table", TABLES.values(), ids=lambda table: table.name)
every_statement = pytest.mark.parametrize("name", sorted(path.stem for path in STATEMENTS.glob("*.sql")))


@every_table
def test_a_key_is_made_of_columns_that_are_never_null_but_the_batch(table: Table) -> None:
    """The batch was added to a table with rows, so it is null for providers; a merge counts null as equal to null."""
    columns = {column.name: column for column in table.columns}
    assert len(columns) == len(table.columns)
    assert table.key
    assert [name for name in table.key if not columns[name].required] in ([], ["batch"])


def test_every_statement_reads_only_observations_that_count_but_those_of_the_writer() -> None:
    everything = {"delivered_observations", "earliest_known_at", "followed_since"}
    for path in sorted(STATEMENTS.glob("*.sql")):
        tree = sqlglot.parse_one(load_statement(path.stem).replace("{dataset}", "d"), read="bigquery")
        for select in tree.find_all(exp.Select):
            read = {table.name for table in select.find_all(exp.Table) if table.parent_select is select}
            filtered = "counted" in str(select.args.get("where") or "").lower()
            counts = set(map(type, select.expressions)) <= {exp.Count, exp.Max}
            if "observations" in read and path.stem not in everything and not counts:
                assert filtered, f"{path.stem}.sql shows observations that do not count: add {{counted}}"


@every_table
def test_partitions_follow_a_time_of_the_key(table: Table) -> None:
    """Equal keys must share a partition, since a merge scans only the partitions of its rows."""
    if table.partition is None:
        assert table.expiration_days is None
        return
    types = {column.name: column.type for column in table.columns}
    assert types[table.partition["field"]] == "TIMESTAMP"
    assert table.partition["field"] in table.key
    assert table.partition["type"] in {"HOUR", "DAY", "MONTH", "YEAR"}


@every_table
def test_clusters_are_at_most_four_columns(table: Table) -> None:
    assert len(table.cluster) <= 4
    assert set(table.cluster) <= {column.name for column in table.columns}


@every_table
def test_a_merge_quotes_every_column(table: Table) -> None:
    statement = merge_statement(table, "target", "staging", replace=True)
    names = "|".join(column.name for column in table.columns)
    assert re.findall(rf"(?<!`)\b({names})\b", statement) == []


@every_statement
def test_statements_quote_the_columns_whose_names_are_reserved(name: str) -> None:
    """Find reserved words used as bare names; keywords are upper case."""
    text = re.sub(r"'[^']*'|`[^`]*`|--[^\n]*", "", load_statement(name))
    bare = set(re.findall(r"(?<![.@\w])[a-z_]+\b", text))
    assert not bare & RESERVED, f"{name}.sql: put {sorted(bare & RESERVED)} between backquotes"


def test_parameters_are_found_outside_comments(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "noted.sql").write_text("-- since @then\nSELECT @now, @now AS `at`", encoding="utf-8")
    monkeypatch.setattr(statements, "FOLDER", tmp_path)
    assert parameter_names("noted") == {"now"}


def test_an_unknown_table_is_named_in_the_error() -> None:
    with pytest.raises(WarehouseError, match="There is no table 'trades': the tables are acknowledgements"):
        table_named(TABLES, "trades")
