"""The composition root: settings in, everything that works together out."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import pandas as pd

from shared.catalogue import Catalogue, load_catalogue
from shared.clock import Clock, utc_now
from shared.memo import Memo
from shared.memory import Memory
from shared.models.loaded import LoadedModels
from shared.models.store.interface import ModelStore
from shared.models.store.opening import open_store
from shared.providers.choice import choose_feed
from shared.providers.feed import Feed
from shared.providers.ledger import WarehouseLedger
from shared.providers.quota import FREE
from shared.settings import Settings, load_settings
from shared.warehouse import Warehouse, open_warehouse

SYNTHETIC = "synthetic"


@dataclass(frozen=True)
class Platform:
    """The parts of one running platform. Close it to let go of the embedded warehouse."""

    settings: Settings
    catalogue: Catalogue
    warehouse: Warehouse
    store: ModelStore
    feed: Feed
    clock: Clock = utc_now
    loaded: LoadedModels = field(default_factory=LoadedModels)
    memo: Memo = field(default_factory=Memo)
    memory: Memory = field(default_factory=Memory)

    def now(self) -> pd.Timestamp:
        """The clock's time, UTC."""
        return pd.Timestamp(self.clock()).as_unit("us")

    def sources(self) -> Mapping[str, int]:
        """How many observations each source has delivered."""
        table = self.warehouse.query("sources")
        return dict(zip(table["source"].to_pylist(), table["observations"].to_pylist(), strict=True))

    def data_kind(self) -> str:
        """`synthetic` or `real` by what is stored, `empty` where nothing is."""
        return kind_of(self.sources())

    def close(self) -> None:
        """Let go of what is held open."""
        self.warehouse.close()


def kind_of(sources: Collection[str]) -> str:
    """`synthetic` or `real` by the sources of what is stored, `empty` where nothing is."""
    if not sources:
        return "empty"
    return SYNTHETIC if SYNTHETIC in sources else "real"


def open_platform(settings: Settings, *, clock: Clock = utc_now) -> Platform:
    """Open the warehouse and the model store and choose where numbers come from."""
    catalogue = load_catalogue()
    warehouse = open_warehouse(settings.warehouse_address, catalogue)
    try:
        stored = set(warehouse.query("sources")["source"].to_pylist())
        ledger = WarehouseLedger(warehouse, FREE, clock=clock)
        feed = choose_feed(settings, catalogue, clock, stored, ledger)
        return Platform(settings, catalogue, warehouse, open_store(settings.models_address), feed, clock)
    except BaseException:
        warehouse.close()
        raise


class _Current:
    """The process's own platform: opened on first use, as a function instance does, or handed in."""

    def __init__(self) -> None:
        self.given: Platform | None = None

    @cached_property
    def opened(self) -> Platform:
        return open_platform(load_settings())


_current = _Current()


def current_platform() -> Platform:
    """The platform of this process."""
    return _current.given or _current.opened


def use_platform(platform: Platform | None) -> None:
    """Hand in the platform that the functions of this process use; None takes it back."""
    _current.given = platform
