"""Which provider serves what: the catalogue's order of preference, over the providers that are there."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import pandas as pd

from shared.catalogue import Asset, Series, Source
from shared.providers.interface import Provider, ProviderError, Quote


@dataclass(frozen=True)
class Feed:
    """The providers in use. `kind` is synthetic, real, or csv, where nothing is fetched at all."""

    kind: str
    providers: Mapping[str, Provider]

    @property
    def exact(self) -> bool:
        """Whether a value's vintage is the very moment from which it exists, however late it is fetched."""
        return self.kind == "synthetic"

    def bars(self, asset: Asset, since: datetime, until: datetime) -> Iterator[pd.DataFrame]:
        """Hourly bars from the first provider that serves them."""
        for provider, source in self._serving(asset.sources):
            yield from provider.bars(asset, source, since, until)
            return

    def series(self, series: Series, since: datetime, until: datetime) -> Iterator[pd.DataFrame]:
        """Values of a series from the first provider that answers; the last one's error where none does."""
        failure: ProviderError | None = None
        for provider, source in self._serving(series.sources):
            try:
                yield from provider.series(series, source, since, until)
            except ProviderError as error:
                failure = error
            else:
                return
        if failure:
            raise failure

    def quotes(self, assets: Sequence[Asset]) -> list[Quote]:
        """The present price of every asset that some provider has."""
        quotes: dict[str, Quote] = {}
        for provider in self.providers.values():
            missing = [asset for asset in assets if asset.id not in quotes]
            quotes |= {quote.asset: quote for quote in provider.quotes(missing)} if missing else {}
        return list(quotes.values())

    def serves(self, sources: Sequence[Source]) -> bool:
        """Whether any provider in use has one of these."""
        return any(True for _ in self._serving(sources))

    def _serving(self, sources: Sequence[Source]) -> Iterator[tuple[Provider, Source]]:
        if self.kind == "synthetic":
            yield from ((provider, Source(name, "", {})) for name, provider in self.providers.items())
        for source in sources:
            if source.provider in self.providers:
                yield self.providers[source.provider], source
