"""A person's own price history: hourly or minute OHLCV in a CSV file, in whatever dialect they have it."""

from ppa.importing.errors import CsvError
from ppa.importing.observations import to_observations
from ppa.importing.reader import CsvBars, read_bars
from ppa.importing.report import CsvReport, Gap

__all__ = ["CsvBars", "CsvError", "CsvReport", "Gap", "read_bars", "to_observations"]
