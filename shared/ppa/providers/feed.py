"""Feed: the providers in use, tried in the catalogue's order of preference."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import datetime

import pandas as pd

from ppa.core.catalogue import Asset, Series, Source
from ppa.core.contracts.observations import Quote
from ppa.providers.protocol import Provider, ProviderError
from ppa.providers.quota import Quota

TICK = pd.Timedelta(microseconds=1)
# called with the error of a provider that the next one replaces
Failed = Callable[[ProviderError], None]
Fetch = Callable[[Provider, Source, datetime], Iterator[pd.DataFrame]]


def ignore_failure(error: ProviderError) -> None:
    """Ignore a failure."""


@dataclass(frozen=True)
class Feed:
    """Providers in use. `kind` is `synthetic`, `real`, or `csv` if no data is fetched.

    `patient_providers` holds the same providers with longer waits for a free call; `quota` enforces their rate limits.
    """

    kind: str
    providers: Mapping[str, Provider]
    patient_providers: Mapping[str, Provider] = field(default_factory=dict)
    quota: Quota | None = None

    @property
    def live(self) -> bool:
        """True if the feed delivers new data by itself."""
        return self.kind != "csv"

    @property
    def exact(self) -> bool:
        """True if `known_at` is the exact time at which a value exists, however late it is fetched."""
        return self.kind == "synthetic"

    def patient(self) -> "Feed":
        """Feed for work that can wait for a free call, such as a backfill."""
        return replace(self, providers=self.patient_providers or self.providers)

    def bars(
        self, asset: Asset, since: datetime, until: datetime, failed: Failed = ignore_failure
    ) -> Iterator[pd.DataFrame]:
        """Yield hourly bars from the first provider that serves them; if it fails, the next one continues from there.

        `failed` is called with the error of each provider that another replaced; the last provider's error is raised.
        """

        def fetch(provider: Provider, source: Source, start: datetime) -> Iterator[pd.DataFrame]:
            return provider.bars(asset, source, start, until)

        return self._first_that_serves(asset.sources, fetch, since, failed)

    def series(
        self, series: Series, since: datetime, until: datetime, failed: Failed = ignore_failure
    ) -> Iterator[pd.DataFrame]:
        """Yield values of a series, falling back as `bars` does."""

        def fetch(provider: Provider, source: Source, start: datetime) -> Iterator[pd.DataFrame]:
            return provider.series(series, source, start, until)

        return self._first_that_serves(series.sources, fetch, since, failed)

    def quotes(self, assets: Sequence[Asset], failed: Failed = ignore_failure) -> list[Quote]:
        """Fetch the current price of each asset that a provider serves; ProviderError only if every provider failed."""
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

    def bars_by_provider(
        self, asset: Asset, since: datetime, until: datetime, without: AbstractSet[str]
    ) -> Iterator[tuple[str, pd.DataFrame]]:
        """Yield the bars of every provider not in `without`, with the provider's name; nothing for synthetic data."""
        for provider, source in self._serving(asset.sources) if self.kind == "real" else ():
            if provider.name not in without:
                pages = list(provider.bars(asset, source, since, until))
                if pages:
                    yield provider.name, pd.concat(pages, ignore_index=True)

    def serves(self, sources: Sequence[Source]) -> bool:
        """True if a provider in use serves one of these sources."""
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
