"""Deployed tables, read from a notebook by pandas-gbq."""

import re
from collections.abc import Mapping
from typing import Any

import pandas as pd

from ppa.client.api import Api
from ppa.core.errors import BadInput

NAME = re.compile(r"\w+")
MIB = 1024**2


def read_deployed(
    api: Api, query_or_table: str, *, max_mib: int, configuration: Mapping[str, Any], **options: object
) -> pd.DataFrame:
    """Return a table, or the result of SQL in which `{dataset}` stands for the dataset; `options` are pandas-gbq's.

    BigQuery refuses a query that would bill more than `max_mib`. Raises BadInput where the app keeps its data in the
    embedded warehouse.
    """
    import pandas_gbq

    dataset = api.get("warehouse")["dataset"]
    if dataset is None:
        raise BadInput(f"The app at {api.base} keeps its data in an embedded warehouse, not in BigQuery.")
    limits = {"maximumBytesBilled": str(max_mib * MIB), "useLegacySql": False}
    labels = {"app": "price-prediction-app", "statement": "notebook"}
    frame: pd.DataFrame = pandas_gbq.read_gbq(
        sql_of(query_or_table, dataset),
        project_id=dataset.split(".")[0],
        configuration={"labels": labels, **configuration, "query": limits | configuration.get("query", {})},
        **options,
    )
    return frame


def sql_of(query_or_table: str, dataset: str) -> str:
    """Return the SQL that reads a table, or the SQL given with `{dataset}` filled in."""
    if NAME.fullmatch(query_or_table):
        return f"SELECT * FROM `{dataset}.{query_or_table}`"  # noqa: S608 # the name is one word
    return query_or_table.replace("{dataset}", dataset)
