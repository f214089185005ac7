"""Loading of the catalogue from `core/catalogue.toml`."""

import tomllib
from importlib.resources import files
from pathlib import Path

from ppa.core.catalogue import Catalogue, parse_catalogue

DEFAULT_PATH = Path(str(files("ppa.core") / "catalogue.toml"))


def load_catalogue(path: Path = DEFAULT_PATH) -> Catalogue:
    """Read a catalogue from a TOML file; by default the one of this installation.

    Examples
    --------
    >>> sorted(load_catalogue().assets)
    ['BTC', 'ETH']
    """
    return parse_catalogue(tomllib.loads(path.read_text(encoding="utf-8")))
