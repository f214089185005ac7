"""The catalogue of this installation, read from `core/catalogue.toml`."""

import tomllib
from importlib.resources import files
from pathlib import Path

from ppa.core.catalogue import Catalogue, parse_catalogue

DEFAULT_PATH = Path(str(files("ppa.core") / "catalogue.toml"))


def load_catalogue(path: Path = DEFAULT_PATH) -> Catalogue:
    """Read a catalogue file.

    Examples
    --------
    >>> sorted(load_catalogue().assets)
    ['BTC', 'ETH']
    """
    return parse_catalogue(tomllib.loads(path.read_text(encoding="utf-8")))
