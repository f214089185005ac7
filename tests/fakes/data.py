"""Real history as a World: a folder with btc/*_1h_*.csv.gz by CryptoDataDownload and macro/fred_*.csv."""

from pathlib import Path

import pandas as pd

from ppa.core.catalogue import Catalogue
from ppa.ops.catalogue_file import load_catalogue
from tests.fakes.world import World

_COLUMNS = {"Volume BTC": "volume"} | {name: name for name in ("open", "high", "low", "close")}


def load_world(folder: Path, catalogue: Catalogue | None = None) -> World:
    """Content of the folder, under the names of the catalogue."""
    catalogue = catalogue or load_catalogue()
    files = {path.stem.removeprefix("fred_"): path for path in sorted(folder.glob("macro/fred_*.csv"))}
    levels = {
        series.name: read_levels(files[source.symbol])
        for series in catalogue.series.values()
        for source in series.sources
        if source.provider == "fred" and source.symbol in files
    }
    hourly = next(folder.glob("btc/*_1h_*.csv.gz"), None)
    return World({"BTC": read_bars(hourly)} if hourly else {}, levels, catalogue)


def read_bars(path: Path) -> pd.DataFrame:
    """Hourly bars by open time, oldest first."""
    table = pd.read_csv(path, skiprows=1)
    table.index = pd.to_datetime(table["unix"], unit="s", utc=True).dt.as_unit("us")
    return table.rename(columns=_COLUMNS)[list(_COLUMNS.values())].sort_index()


def read_levels(path: Path) -> pd.DataFrame:
    """Values by the first day of their period; NaN for an empty cell."""
    table = pd.read_csv(path)
    begins = pd.to_datetime(table.iloc[:, 0], format="%Y-%m-%d", utc=True).dt.as_unit("us")
    return pd.DataFrame({"event_time": begins, "value": table.iloc[:, 1]})
