"""Models' answers for some hours: a prediction each, or the reason why there is none."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ppa.core.errors import Unavailable
from ppa.core.features.rows import as_of_time, row_hashes
from ppa.core.no_prediction_reasons import (
    LATE_DATA,
    MODEL_ERROR,
    MODEL_EXPIRED,
    OUTSIDE_TRAINING,
    QUOTA,
    REASONS,
    SCHEMA_MISMATCH,
    STALE_FEATURE,
)
from ppa.core.novelty import NoveltyProfile, farthest_features
from ppa.core.origins import BUFFER, LIVE, REPLAY
from ppa.core.times import BEGINNING, END, HOUR
from ppa.jobs.first_reason import FirstReason, Mask, hours_of
from ppa.platform import Platform
from ppa.repository.models import RegisteredModel
from ppa.repository.observations import newest_values

logger = logging.getLogger("ppa.jobs")

MAX_NAMED = 3
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Vectors:
    """What the models of one list of features receive: (hours, features), and the hash of each row."""

    frame: pd.DataFrame
    numbers: Floats
    hashes: list[str]


class PredictionBatch:
    """Hours that models answer together. `limited` are assets whose source allows no further calls for now."""

    def __init__(
        self, platform: Platform, rows: pd.DataFrame, origin: str, limited: Sequence[str] = ()
    ) -> None:
        self.platform, self.rows, self.origin, self.limited = platform, rows, origin, limited
        self.hours = pd.DatetimeIndex(rows.index)
        self.now = platform.now()
        self.due = pd.DatetimeIndex([as_of_time(hour, platform.catalogue) for hour in self.hours])
        self._vectors: dict[tuple[str, ...], Vectors] = {}
        self._closes: dict[str, pd.Series[float]] = {}

    def vectors(self, features: Sequence[str]) -> Vectors:
        """Made once for all models that share their features; of those that the rows have."""
        key = tuple(name for name in features if name in self.rows.columns)
        if key not in self._vectors:
            frame = self.rows[list(key)]
            values = frame.to_numpy(dtype=np.float64, na_value=np.nan)
            self._vectors[key] = Vectors(frame, values, row_hashes(frame))
        return self._vectors[key]

    def closes(self, asset: str) -> "pd.Series[float]":
        """The newest known closes of an asset, read once, and from the warehouse itself."""
        if asset not in self._closes:
            series = self.platform.catalogue.asset(asset).series("close")
            newest = newest_values(self.platform, [series], BEGINNING, END)
            self._closes[asset] = newest.set_index("event_time")["value"]
        return self._closes[asset]

    def matures(self, model: RegisteredModel) -> pd.DatetimeIndex:
        """When the outcome of each hour is known at the latest."""
        return self.hours + pd.Timedelta(hours=1 + model.definition.lookahead)

    def origins(self, model: RegisteredModel) -> list[str]:
        """An answer that comes after its outcome could be known is no live one."""
        late = BUFFER if self.origin == LIVE else self.origin
        return [self.origin if moment > self.now else late for moment in self.matures(model)]


@dataclass(frozen=True)
class ModelPredictions:
    """One model's answers for a batch."""

    batch: PredictionBatch
    model: RegisteredModel
    reference: NoveltyProfile | None

    def frame(self) -> pd.DataFrame:
        """A row of `predictions` for every hour; Unavailable where the model's file cannot be had for now."""
        batch, price = self.batch, self._price
        probability, reason, detail = self._outcome()
        decision = pd.Series(probability >= self.model.decision_threshold, dtype="boolean")
        return pd.DataFrame(
            {
                "model_id": self.model.model_id,
                "ts": batch.hours,
                "origin": batch.origins(self.model),
                "due_at": batch.due,
                "made_at": batch.due if batch.origin == REPLAY else batch.now,
                "matures_at": batch.matures(self.model),
                "probability": probability,
                "threshold": self.model.decision_threshold,
                "decision": decision.mask(np.isnan(probability)),
                "price": price,
                "target_price": self._targets,
                "feature_hash": self._vectors.hashes,
                "catalogue_version": batch.platform.catalogue.version,
                "generation": self.model.generation,
                "reason": reason,
                "detail": detail,
                "novelty": self._novelty,
            }
        )

    @cached_property
    def _price(self) -> Floats:
        asset = self.batch.platform.catalogue.asset(self.model.definition.asset)
        return self.batch.rows[asset.series("close")].to_numpy(dtype=np.float64)

    @cached_property
    def _targets(self) -> Floats:
        """The price to reach; one in units of volatility needs the closes before."""
        definition, price = self.model.definition, pd.Series(self._price, self.batch.hours)
        if definition.volatility_window is not None:
            price = self.batch.closes(definition.asset)
        targets = definition.targets(price).reindex(self.batch.hours).to_numpy(dtype=np.float64)
        return np.where(np.isnan(self._price), np.nan, targets)

    @cached_property
    def _vectors(self) -> Vectors:
        return self.batch.vectors(self.model.features)

    @cached_property
    def _complete(self) -> bool:
        return len(self._vectors.frame.columns) == len(self.model.features)

    @cached_property
    def _as_trained(self) -> bool:
        """Whether its columns are all there, and made as they were when it was trained."""
        then, now = self.model.feature_definition, self.batch.platform.catalogue
        return self._complete and then in (None, now.features_hash(self.model.features))

    @cached_property
    def _novelty(self) -> Floats:
        if self.reference is None or not self._complete:
            return np.full(len(self.batch.hours), np.nan)
        return self.reference.novelty(self._vectors.numbers)

    def _outcome(self) -> tuple[Floats, list[str | None], list[str | None]]:
        """Probabilities, and reasons with their words where there is none."""
        found = FirstReason(len(self.batch.hours))
        for reason, where, words in self._obstacles():
            found.give(reason, where, words)
        probability, free = np.full(len(self.batch.hours), np.nan), found.free
        try:
            probability[free] = self._probabilities(free)
        except Unavailable:
            raise
        except Exception as error:
            logger.exception("model %s failed", self.model.model_id)
            said = f"{type(error).__name__}: {error}"[:500]
            found.give(MODEL_ERROR, free, dict.fromkeys(hours_of(free), said))
        return probability, found.reasons, found.details

    def _obstacles(self) -> "list[tuple[str, Mask, Mapping[int, str]]]":
        """Every reason that could stand against a prediction, where, and its own words; the first one counts."""
        missing_bar = QUOTA if self.model.definition.asset in self.batch.limited else LATE_DATA
        lacking, outside = self._lacking(), self._outside()
        stale = np.asarray(lacking.any(axis=1))
        return [
            (MODEL_EXPIRED, self._expired(), {}),
            (SCHEMA_MISMATCH, np.full(len(stale), not self._as_trained), {}),
            (missing_bar, np.isnan(self._price), {}),
            (STALE_FEATURE, stale, {at: self._named(at, lacking[at]) for at in hours_of(stale)}),
            (OUTSIDE_TRAINING, outside, {at: self._far(at) for at in hours_of(outside)}),
        ]

    def _expired(self) -> Mask:
        expiry = self.model.expires_at
        return (
            np.asarray(self.batch.due >= expiry)
            if expiry is not None
            else np.zeros(len(self.batch.due), bool)
        )

    def _outside(self) -> Mask:
        return np.asarray(self._novelty > (self.reference.limit if self.reference else np.inf))

    def _lacking(self) -> Mask:
        numbers = self._vectors.numbers
        if self.reference is None or not self._complete:
            return np.zeros(numbers.shape, dtype=bool)
        return np.isnan(numbers) & self.reference.expected_features()

    def _named(self, at: int, lacking: Mask) -> str:
        """What is missing, and where it is the other end of a return whose own bar is here, which bar that was."""
        names = [name for name, lacks in zip(self.model.features, lacking, strict=True) if lacks]
        more = f" and {len(names) - MAX_NAMED} more" if len(names) > MAX_NAMED else ""
        said = f"{', '.join(names[:MAX_NAMED])}{more}"
        bars = {bar for name in names if (bar := self._bar_before(at, name)) is not None}
        if len(bars) == 1 and all(self._bar_before(at, name) in bars for name in names):
            missing = f"The bar of {bars.pop():%Y-%m-%d %H:%M} was not there in time"
            return f"{missing}, so that what is measured from it is missing: {said}."
        return f"Missing, or too old: {said}."

    def _bar_before(self, at: int, name: str) -> pd.Timestamp | None:
        """The bar that a missing return would be measured from, where the bar that it leads to is here."""
        feature = self.batch.platform.catalogue.feature(name)
        level = self.batch.rows.get(feature.inputs[0]) if feature.transform == "return" else None
        if level is None or pd.isna(level.iloc[at]):
            return None
        return self.batch.hours[at] - feature.hours * HOUR

    def _far(self, at: int) -> str:
        if self.reference is None:
            return REASONS[OUTSIDE_TRAINING]
        far = farthest_features(self.reference, self._vectors.numbers[at], self.model.features, MAX_NAMED)
        return (
            f"Novelty {self._novelty[at]:.2f} is beyond {self.reference.limit:.2f}; "
            f"farthest, in robust standard deviations: {far}."
        )

    def _probabilities(self, free: Mask) -> Floats:
        from ppa.modelfiles.probability import predict_probability

        if not free.any():
            return np.empty(0)
        platform = self.batch.platform
        estimator = platform.loaded_models.get(platform.store, self.model.to_row())
        with platform.loaded_models.one_thread():
            return predict_probability(estimator, self._vectors.frame[free])
