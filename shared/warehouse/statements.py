"""The SQL that both adapters run, in GoogleSQL.

A file may use `{dataset}` for the dataset and `@name` for a parameter; nothing else is ever put into it.
"""

from functools import cache
from pathlib import Path

from shared.errors import WarehouseError
from shared.warehouse.schema import Table

FOLDER = Path(__file__).parent / "sql"


@cache
def load_statement(name: str) -> str:
    """The text of `sql/<name>.sql`."""
    try:
        return (FOLDER / f"{name}.sql").read_text(encoding="utf-8")
    except FileNotFoundError:
        raise WarehouseError(f"There is no statement {name!r} in shared/warehouse/sql.") from None


def merge_statement(table: Table, target: str, staging: str, *, replace: bool, bounds: str = "") -> str:
    """MERGE of a staging table into `target` on the table's key.

    `bounds` is a further condition on the target's partitions, for warehouses that prune by it.
    """
    names = [column.name for column in table.columns]
    same_key = " AND ".join(f"T.{name} = S.{name}" for name in table.key)
    columns, values = ", ".join(names), ", ".join(f"S.{name}" for name in names)
    updates = ", ".join(f"{name} = S.{name}" for name in names if name not in table.key)
    update = f"WHEN MATCHED THEN UPDATE SET {updates} " if replace else ""
    return (
        f"MERGE INTO {target} T USING {staging} S ON {same_key}{bounds} {update}"
        f"WHEN NOT MATCHED THEN INSERT ({columns}) VALUES ({values})"
    )
