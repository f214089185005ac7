"""A person's own price history: hourly or minute OHLCV in a CSV file, in whatever dialect they have it."""

from shared.providers.csvfile.errors import CsvError
from shared.providers.csvfile.observations import to_observations
from shared.providers.csvfile.reader import CsvBars, read_bars
from shared.providers.csvfile.report import CsvReport, Gap

__all__ = ["CsvBars", "CsvError", "CsvReport", "Gap", "read_bars", "to_observations"]
