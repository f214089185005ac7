"""Which provider serves what: the catalogue's order of preference, over the providers that are there."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import datetime

import pandas as pd

from ppa.core.catalogue import Asset, Series, Source
from ppa.providers.protocol import Provider, ProviderError, Quote
from ppa.providers.quota import Quota

TICK = pd.Timedelta(microseconds=1)
# what to do with the error of a source in whose place the next one is asked
Failed = Callable[[ProviderError], None]
Fetch = Callable[[Provider, Source, datetime], Iterator[pd.DataFrame]]


def forget(error: ProviderError) -> None:
    """Of callers that only want what is served."""


@dataclass(frozen=True)
class Feed:
    """The providers in use. `kind` is synthetic, real, or csv, where nothing is fetched at all.

    `unhurried` are the same providers, where they wait longer for a free call; `quota` is what limits them.
    """

    kind: str
    providers: Mapping[str, Provider]
    unhurried: Mapping[str, Provider] = field(default_factory=dict)
    quota: Quota | None = None

    @property
    def live(self) -> bool:
        """Whether it goes on delivering by itself."""
        return self.kind != "csv"

    @property
    def exact(self) -> bool:
        """Whether a value's vintage is the very moment from which it exists, however late it is fetched."""
        return self.kind == "synthetic"

    def patient(self) -> "Feed":
        """The feed for work that may wait for a free call, such as a backfill."""
        return replace(self, providers=self.unhurried or self.providers)

    def bars(
        self, asset: Asset, since: datetime, until: datetime, failed: Failed = forget
    ) -> Iterator[pd.DataFrame]:
        """Hourly bars from the first provider that serves them; where it breaks off, the next goes on from there.

        `failed` is told of each source that failed before another was asked; the last one's error is raised.
        """

        def fetch(provider: Provider, source: Source, start: datetime) -> Iterator[pd.DataFrame]:
            return provider.bars(asset, source, start, until)

        return self._first_that_serves(asset.sources, fetch, since, failed)

    def series(
        self, series: Series, since: datetime, until: datetime, failed: Failed = forget
    ) -> Iterator[pd.DataFrame]:
        """Values of a series, in the same way."""

        def fetch(provider: Provider, source: Source, start: datetime) -> Iterator[pd.DataFrame]:
            return provider.series(series, source, start, until)

        return self._first_that_serves(series.sources, fetch, since, failed)

    def quotes(self, assets: Sequence[Asset], failed: Failed = forget) -> list[Quote]:
        """The present price of every asset that some provider has; an error only where all that were asked failed."""
        quotes: dict[str, Quote] = {}
        failures: list[ProviderError] = []
        for provider in self.providers.values():
            missing = [asset for asset in assets if asset.id not in quotes]
            try:
                quotes |= {quote.asset: quote for quote in provider.quotes(missing)} if missing else {}
            except ProviderError as error:
                failures.append(error)
        if failures and not quotes:
            raise failures[-1]
        for failure in failures:
            failed(failure)
        return list(quotes.values())

    def opinions(
        self, asset: Asset, since: datetime, until: datetime, without: AbstractSet[str]
    ) -> Iterator[tuple[str, pd.DataFrame]]:
        """What each provider but those named says of the same bars, by its name; none of a synthetic market."""
        for provider, source in self._serving(asset.sources) if self.kind == "real" else ():
            if provider.name not in without:
                pages = list(provider.bars(asset, source, since, until))
                if pages:
                    yield provider.name, pd.concat(pages, ignore_index=True)

    def serves(self, sources: Sequence[Source]) -> bool:
        """Whether any provider in use has one of these."""
        return any(True for _ in self._serving(sources))

    def _first_that_serves(
        self, sources: Sequence[Source], fetch: Fetch, since: datetime, failed: Failed
    ) -> Iterator[pd.DataFrame]:
        failure: ProviderError | None = None
        for provider, source in self._serving(sources):
            if failure:
                failed(failure)
            try:
                for page in fetch(provider, source, since):
                    yield page
                    since = max(since, (page["event_time"].max() + TICK).to_pydatetime())
            except ProviderError as error:
                failure = error
            else:
                return
        if failure:
            raise failure

    def _serving(self, sources: Sequence[Source]) -> Iterator[tuple[Provider, Source]]:
        if self.kind == "synthetic":
            yield from ((provider, Source(name, "", {})) for name, provider in self.providers.items())
        for source in sources:
            if source.provider in self.providers:
                yield self.providers[source.provider], source
