"""Import of a price history from CSV: hourly or minute OHLCV bars in any common dialect."""

from ppa.importing.errors import CsvError
from ppa.importing.observations import to_observations
from ppa.importing.reader import CsvBars, read_bars
from ppa.importing.report import CsvReport, Gap

__all__ = ["CsvBars", "CsvError", "CsvReport", "Gap", "read_bars", "to_observations"]
