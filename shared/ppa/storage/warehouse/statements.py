"""GoogleSQL statements run by both warehouse adapters.

A file may contain `{dataset}` for the dataset, `@name` for a parameter, and `{counted}`, the condition that every
statement puts on the observations it shows; nothing else is substituted.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from ppa.core.errors import WarehouseError
from ppa.storage.warehouse.schema import Table

FOLDER = Path(__file__).parent / "sql"
COMMENT, PARAMETER = re.compile(r"--[^\n]*"), re.compile(r"@(\w+)")
COUNTED = "counted IS NOT FALSE"
Scalar = str | int | float | bool | datetime
Parameters = Mapping[str, Scalar | Sequence[Scalar]]


@cache
def load_statement(name: str) -> str:
    """Read `sql/<name>.sql`; raises `WarehouseError` if there is none."""
    try:
        text = (FOLDER / f"{name}.sql").read_text(encoding="utf-8")
    except FileNotFoundError:
        raise WarehouseError(f"There is no statement {name!r} in shared/ppa/storage/warehouse/sql.") from None
    return text.replace("{counted}", COUNTED)


@cache
def parameter_names(name: str) -> frozenset[str]:
    """Names of the parameters of `sql/<name>.sql`."""
    return frozenset(PARAMETER.findall(COMMENT.sub("", load_statement(name))))


def checked_parameters(name: str, parameters: Mapping[str, object]) -> Parameters:
    """Validate the parameters of `sql/<name>.sql` and convert times to UTC; raises `WarehouseError`."""
    given, needed = parameters.keys(), parameter_names(name)
    if given != needed:
        raise WarehouseError(
            f"The statement {name!r} takes {_listed(needed)}, not {_listed(frozenset(given))}."
        )
    return {key: _checked(name, key, value) for key, value in parameters.items()}


def _listed(names: frozenset[str]) -> str:
    return ", ".join(f"@{name}" for name in sorted(names)) or "no parameters"


def _checked(name: str, key: str, value: object) -> Scalar | list[Scalar]:
    if isinstance(value, list | tuple):
        return [_scalar(name, key, item) for item in value]
    return _scalar(name, key, value)


def _scalar(name: str, key: str, value: object) -> Scalar:
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.astimezone(UTC)
    if isinstance(value, datetime) or not isinstance(value, Scalar):
        raise WarehouseError(
            f"@{key} of statement {name!r} is {value!r}. Use a string, a number, a boolean or a time in UTC."
        )
    return value


def merge_statement(table: Table, target: str, staging: str, *, replace: bool, bounds: str = "") -> str:
    """Build the MERGE of a staging table into `target` on the table's key.

    `bounds` is an additional condition on the target's partitions, for partition pruning.
    """
    names = [f"`{column.name}`" for column in table.columns]
    required = {column.name for column in table.columns if column.required}
    same_key = " AND ".join(_same(name, null_safe=name not in required) for name in table.key)
    columns, values = ", ".join(names), ", ".join(f"S.{name}" for name in names)
    updates = ", ".join(f"{name} = S.{name}" for name in names if name.strip("`") not in table.key)
    update = f"WHEN MATCHED THEN UPDATE SET {updates} " if replace else ""
    return (
        f"MERGE INTO {target} T USING {staging} S ON {same_key}{bounds} {update}"
        f"WHEN NOT MATCHED THEN INSERT ({columns}) VALUES ({values})"
    )


def _same(name: str, *, null_safe: bool) -> str:
    """Equality of a key column; null equals null where the column was added to a table that had rows."""
    sides = [f"{side}.`{name}`" for side in "TS"]
    return " = ".join(f"IFNULL({side}, '')" if null_safe else side for side in sides)
