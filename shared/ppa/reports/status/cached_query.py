"""Questions to the warehouse, asked again only once its tables have changed: in the cloud each one is billed."""

import pandas as pd

from ppa.platform import Platform
from ppa.storage.arrow import to_frame


def cached_query(platform: Platform, statement: str, *tables: str, **parameters: object) -> pd.DataFrame:
    """What a statement on some tables answers; the frame is shared, and not to be changed."""
    tokens = (platform.warehouse.version_token(table) for table in tables)
    token = (*tokens, *sorted(map(str, parameters.items())))
    return platform.cache.get(
        ("status", statement), lambda: to_frame(platform.warehouse.query(statement, **parameters)), mark
    )
