"""All synthetic series of one catalogue and seed, generated on first use."""

from functools import partial

from ppa.core.catalogue import BAR_FIELDS, Catalogue
from ppa.core.errors import BadInput
from ppa.providers.synthetic.bars import BarYear, bar_year
from ppa.providers.synthetic.levels import LevelYear, level_year
from ppa.providers.synthetic.market import FactorYear, factor_year, market_year
from ppa.providers.synthetic.parameters import bar_process, series_process
from ppa.providers.synthetic.streams import FIRST_BAR_YEAR, Years


class World:
    """Years of `bars` by asset id and of `levels` by series name; `bar_series` maps bar series to their assets."""

    def __init__(self, catalogue: Catalogue, seed: int) -> None:
        if seed < 0:
            raise BadInput(f"The synthetic seed is {seed}; choose a whole number from 0.")
        self._catalogue = catalogue
        self._seed = seed
        self._market = Years(partial(market_year, seed))
        self._factors = Years(self._factor_year)
        assets = catalogue.assets.values()
        self.bar_series = {asset.series(field): asset for asset in assets for field in BAR_FIELDS}
        self.bars = {id_: self._bar_years(id_) for id_ in catalogue.assets}
        self.levels = {
            name: self._level_years(name) for name in catalogue.series if name not in self.bar_series
        }

    def _factor_year(self, year: int, before: FactorYear | None) -> FactorYear:
        return factor_year(self._seed, year, self._market[year], before)

    def _bar_years(self, asset_id: str) -> Years[BarYear]:
        process = bar_process(self._catalogue.assets[asset_id], self._catalogue)

        def make(year: int, before: BarYear | None) -> BarYear:
            return bar_year(self._seed, asset_id, process, year, self._market[year], before)

        return Years(make, FIRST_BAR_YEAR)

    def _level_years(self, name: str) -> Years[LevelYear]:
        series = self._catalogue.series[name]
        process = series_process(series)

        def make(year: int, before: LevelYear | None) -> LevelYear:
            return level_year(self._seed, series, process, year, self._factors[year], before)

        return Years(make)
