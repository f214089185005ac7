"""Import of a price history from a file: hourly or minute OHLCV bars in any common dialect."""

from ppa.importing.errors import FileRefused
from ppa.importing.observations import to_observations
from ppa.importing.options import ReadOptions, Shift
from ppa.importing.reader import ReadBars, read_bars
from ppa.importing.understanding import Gap, Understanding

__all__ = [
    "FileRefused",
    "Gap",
    "ReadBars",
    "ReadOptions",
    "Shift",
    "Understanding",
    "read_bars",
    "to_observations",
]
