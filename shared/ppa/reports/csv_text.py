"""CSV text of frames, for downloads."""

import io

import polars as pl

TIMES = "%Y-%m-%dT%H:%M:%SZ"


def csv_bytes(rows: pl.DataFrame, *, header: bool, decimals: int | None = None) -> bytes:
    """Rows as CSV, with times in ISO 8601 (UTC).

    Without `decimals`, floats have the fewest digits that read back as the same number. Missing values are empty.
    """
    text = io.BytesIO()
    rows.write_csv(text, include_header=header, datetime_format=TIMES, float_precision=decimals)
    return text.getvalue()
