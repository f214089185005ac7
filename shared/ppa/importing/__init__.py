"""Import of a price history from a file: hourly or minute OHLCV bars in any common dialect."""

from ppa.importing.errors import FileRefused
from ppa.importing.observations import to_observations
from ppa.importing.options import ReadingTexts, ReadOptions, Shift, parse_options
from ppa.importing.preview import Preview, preview
from ppa.importing.reader import ReadBars, read_bars
from ppa.importing.understanding import Gap, Understanding

__all__ = [
    "FileRefused",
    "Gap",
    "Preview",
    "ReadBars",
    "ReadOptions",
    "ReadingTexts",
    "Shift",
    "Understanding",
    "parse_options",
    "preview",
    "read_bars",
    "to_observations",
]
