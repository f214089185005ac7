"""Import of a file: hourly or minute OHLCV bars in any common dialect, or the values of one slower series."""

from ppa.importing.errors import FileRefused
from ppa.importing.observations import to_observations
from ppa.importing.options import ReadingTexts, ReadOptions, Shift, parse_options
from ppa.importing.preview import Preview, preview
from ppa.importing.reader import ReadBars, read_bars
from ppa.importing.series import ReadSeries, read_series
from ppa.importing.understanding import Gap, Understanding

__all__ = [
    "FileRefused",
    "Gap",
    "Preview",
    "ReadBars",
    "ReadOptions",
    "ReadSeries",
    "ReadingTexts",
    "Shift",
    "Understanding",
    "parse_options",
    "preview",
    "read_bars",
    "read_series",
    "to_observations",
]
