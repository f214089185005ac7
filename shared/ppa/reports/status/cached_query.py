"""Cache warehouse queries until their tables change, as each query is billed in the cloud."""

import pandas as pd

from ppa.platform import Platform
from ppa.storage.arrow import to_frame


def cached_query(platform: Platform, statement: str, *tables: str, **parameters: object) -> pd.DataFrame:
    """Result of a statement that reads `tables`; the frame is shared and must not be modified."""
    tokens = (platform.warehouse.version_token(table) for table in tables)
    token = (*tokens, *sorted(map(str, parameters.items())))
    return platform.cache.get(
        ("status", statement), lambda: to_frame(platform.warehouse.query(statement, **parameters)), token
    )
