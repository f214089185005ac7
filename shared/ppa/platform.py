"""Composition root: open all components of a platform from its settings."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cache

import pandas as pd

from ppa.core.catalogue import Catalogue
from ppa.ops.catalogue_file import load_catalogue
from ppa.ops.clock import Clock, utc_now
from ppa.ops.settings import Settings, load_settings
from ppa.providers.call_log import WarehouseCallLog
from ppa.providers.feed import Feed
from ppa.providers.feed_factory import choose_feed
from ppa.providers.quota import FREE
from ppa.storage.loaded_programs import LoadedPrograms
from ppa.storage.modelstore.factory import open_store
from ppa.storage.modelstore.protocol import ModelStore
from ppa.storage.series_cache import SeriesCache
from ppa.storage.single_flight_cache import SingleFlightCache
from ppa.storage.warehouse import Warehouse, open_warehouse

SYNTHETIC = "synthetic"


@dataclass(frozen=True)
class Platform:
    """Components of one running platform. Close it to release the embedded warehouse."""

    settings: Settings
    catalogue: Catalogue
    warehouse: Warehouse
    store: ModelStore
    feed: Feed
    clock: Clock = utc_now
    loaded_programs: LoadedPrograms = field(default_factory=LoadedPrograms)
    cache: SingleFlightCache = field(default_factory=SingleFlightCache)
    series_cache: SeriesCache = field(default_factory=SeriesCache)

    def now(self) -> pd.Timestamp:
        """Return the current time of the platform's clock (UTC)."""
        return pd.Timestamp(self.clock()).as_unit("us")

    def sources(self) -> Mapping[str, int]:
        """Return the number of stored observations by source."""
        table = self.warehouse.query("sources")
        return dict(zip(table["source"].to_pylist(), table["observations"].to_pylist(), strict=True))

    def data_kind(self) -> str:
        """Return the kind of the stored data: `synthetic`, `real` or `empty`."""
        return kind_of(self.sources())

    def close(self) -> None:
        """Close the warehouse."""
        self.warehouse.close()


def kind_of(sources: Collection[str]) -> str:
    """Return the kind of data from these sources: `synthetic`, `real` or, without sources, `empty`."""
    if not sources:
        return "empty"
    return SYNTHETIC if SYNTHETIC in sources else "real"


def open_platform(settings: Settings, *, clock: Clock = utc_now) -> Platform:
    """Open the warehouse and the model store, and choose the feed that matches the stored data."""
    catalogue = load_catalogue()
    warehouse = open_warehouse(settings.warehouse_address, catalogue)
    try:
        stored = set(warehouse.query("sources")["source"].to_pylist())
        call_log = WarehouseCallLog(warehouse, FREE, clock=clock)
        feed = choose_feed(settings, catalogue, clock, stored, call_log)
        return Platform(settings, catalogue, warehouse, open_store(settings.models_address), feed, clock)
    except BaseException:
        warehouse.close()
        raise


@cache
def process_platform() -> Platform:
    """Return the platform of this function instance, opened on the first call; used in the cloud only."""
    return open_platform(load_settings())
