"""Synthetic provider: every asset and series of a catalogue, generated from a seed."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta

import pandas as pd

from ppa.core.catalogue import BAR_FIELDS, Asset, Catalogue, Series, Source
from ppa.core.contracts.observations import Quote
from ppa.core.times import utc
from ppa.ops.clock import Clock, utc_now
from ppa.providers.protocol import ProviderError
from ppa.providers.synthetic.frames import NAME, bar_frame, level_frame
from ppa.providers.synthetic.quoting import minute_price
from ppa.providers.synthetic.streams import FIRST_BAR_YEAR, FIRST_YEAR, Year, Years
from ppa.providers.synthetic.world import World

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FIRST_LEVEL = datetime(FIRST_YEAR, 1, 1, tzinfo=UTC)
FIRST_BAR = datetime(FIRST_BAR_YEAR, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


class SyntheticProvider:
    """Provider of plausible, reproducible data, marked as synthetic.

    Bars begin in 2017; other series in 2015, so that slow features exist in the first rows. Values depend on the seed,
    the catalogue entry and the period only; `clock` decides which of them are known yet. BadInput for a negative seed,
    ProviderError for a name that is not in the catalogue.
    """

    name = NAME

    def __init__(self, catalogue: Catalogue, seed: int = 7, clock: Clock = utc_now) -> None:
        self._seed = seed
        self._clock = clock
        self._world = World(catalogue, seed)

    def bars(self, asset: Asset, source: Source, since: datetime, until: datetime) -> Iterator[pd.DataFrame]:
        """Yield known bars that open in [since, until), one frame per calendar year; frames may be empty."""
        now, since = self._clock(), max(since, FIRST_BAR)
        years = _existing(self._world.bars, asset.id)
        names = [asset.series(field) for field in BAR_FIELDS]
        for year in _years(since, min(until, now)):
            yield bar_frame(names, years[year], _us(since), _us(until), _us(now))

    def series(
        self, series: Series, source: Source, since: datetime, until: datetime
    ) -> Iterator[pd.DataFrame]:
        """Yield known observations, including revisions, of periods that begin in [since, until), as one frame.

        A field of an asset's bars is yielded as `bars` does, one frame per calendar year.
        """
        if series.name in self._world.bar_series:
            bars = self.bars(self._world.bar_series[series.name], source, since, until)
            return (frame[frame["series"] == series.name].reset_index(drop=True) for frame in bars)
        return iter([self._level_frame(series, since, until)])

    def quotes(self, assets: Sequence[Asset]) -> list[Quote]:
        """Price of each asset in the current minute."""
        now = self._clock()
        return [self._quote(asset, now) for asset in assets] if now >= FIRST_BAR else []

    def _level_frame(self, series: Series, since: datetime, until: datetime) -> pd.DataFrame:
        now, since = self._clock(), max(since, FIRST_LEVEL)
        years = _existing(self._world.levels, series.name)
        generated = [years[year] for year in _years(since, min(until, now))]
        return level_frame(series.name, generated, _us(since), _us(until), _us(now))

    def _quote(self, asset: Asset, now: datetime) -> Quote:
        year = _existing(self._world.bars, asset.id)[now.year]
        hour = (now - datetime(now.year, 1, 1, tzinfo=UTC)) // timedelta(hours=1)
        price = minute_price(self._seed, asset.id, year, hour, now.minute)
        return Quote(asset.id, utc(now.replace(second=0, microsecond=0)), price, NAME)


def _existing(years_by_name: Mapping[str, Years[Year]], name: str) -> Years[Year]:
    try:
        return years_by_name[name]
    except KeyError:
        raise ProviderError(f"The synthetic source has no {name!r}: it is not in its catalogue.") from None


def _years(since: datetime, until: datetime) -> range:
    """Calendar years that overlap [since, until)."""
    return range(since.year, (until - MICROSECOND).year + 1) if since < until else range(0)


def _us(moment: datetime) -> int:
    return (moment - EPOCH) // MICROSECOND
