"""Predictions of one model for a batch of hours: a probability, or the reason why there is none."""

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
from ppa.platform import Platform
from ppa.repository.models import RegisteredModel
from ppa.repository.observations import newest_values
from ppa.repository.programs import probabilities

logger = logging.getLogger("ppa.jobs")

MAX_NAMED = 3
Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
# a reason, the hours it applies to, and details by position where they say more than the reason's own text
Check = tuple[str, Mask, Mapping[int, str]]


class PredictionBatch:
    """Hours that several models predict together.

    `rows`, of shape (hours, features), is indexed by the hours' open time (UTC). `origin` is stored with the
    predictions. `rate_limited` are assets whose provider currently allows no further calls.
    """

    def __init__(
        self, platform: Platform, rows: pd.DataFrame, origin: str, rate_limited: Sequence[str] = ()
    ) -> None:
        self.platform, self.rows, self.origin, self.rate_limited = platform, rows, origin, rate_limited
        self.hours = pd.DatetimeIndex(rows.index)
        self.now = platform.now()
        self.due = pd.DatetimeIndex([as_of_time(hour, platform.catalogue) for hour in self.hours])
        self._features: dict[tuple[str, ...], tuple[pd.DataFrame, list[str]]] = {}
        self._closes: dict[str, pd.Series[float]] = {}

    def features(self, names: Sequence[str]) -> tuple[pd.DataFrame, list[str]]:
        """Return the existing columns among `names` and the hash of each row; cached for models that share them."""
        key = tuple(name for name in names if name in self.rows.columns)
        if key not in self._features:
            frame = self.rows[list(key)]
            self._features[key] = (frame, row_hashes(frame))
        return self._features[key]

    def closes(self, asset: str) -> "pd.Series[float]":
        """Return the latest known closes of an asset, read once per batch and directly from the warehouse."""
        if asset not in self._closes:
            series = self.platform.catalogue.asset(asset).series("close")
            newest = newest_values(self.platform, [series], BEGINNING, END)
            self._closes[asset] = newest.set_index("event_time")["value"]
        return self._closes[asset]

    def resolution_times(self, model: RegisteredModel) -> pd.DatetimeIndex:
        """Return the time by which the outcome of each hour is known at the latest (UTC)."""
        return self.hours + pd.Timedelta(hours=1 + model.definition.lookahead)

    def origins(self, model: RegisteredModel) -> list[str]:
        """Return the origin of each prediction; a live one made after its outcome could be known is a backfill."""
        late = BUFFER if self.origin == LIVE else self.origin
        return [self.origin if moment > self.now else late for moment in self.resolution_times(model)]


@dataclass(frozen=True)
class ModelPredictions:
    """Predictions of one model for a batch; `profile` is None if the model has no novelty profile."""

    batch: PredictionBatch
    model: RegisteredModel
    profile: NoveltyProfile | None

    def to_frame(self) -> pd.DataFrame:
        """Return one row of `predictions` per hour; raise Unavailable if the model's file cannot be read for now."""
        batch, model, price = self.batch, self.model, self._price
        probability, reasons, details = self._predict()
        decision = pd.Series(probability >= model.decision_threshold, dtype="boolean")
        return pd.DataFrame(
            {
                "model_id": model.model_id,
                "ts": batch.hours,
                "origin": batch.origins(model),
                "due_at": batch.due,
                "made_at": batch.due if batch.origin == REPLAY else batch.now,
                "matures_at": batch.resolution_times(model),
                "probability": probability,
                "threshold": model.decision_threshold,
                "decision": decision.mask(np.isnan(probability)),
                "price": price,
                "target_price": self._targets,
                "feature_hash": self.batch.features(model.features)[1],
                "catalogue_version": batch.platform.catalogue.version,
                "generation": model.generation,
                "reason": reasons,
                "detail": details,
                "novelty": self._novelty,
            }
        )

    @cached_property
    def _price(self) -> Floats:
        asset = self.batch.platform.catalogue.asset(self.model.definition.asset)
        return self.batch.rows[asset.series("close")].to_numpy(dtype=np.float64)

    @cached_property
    def _targets(self) -> Floats:
        """Target price of each hour; thresholds in units of volatility need the closes before it."""
        definition, price = self.model.definition, pd.Series(self._price, self.batch.hours)
        if definition.volatility_window is not None:
            price = self.batch.closes(definition.asset)
        targets = definition.targets(price).reindex(self.batch.hours).to_numpy(dtype=np.float64)
        return np.where(np.isnan(self._price), np.nan, targets)

    @cached_property
    def _features(self) -> pd.DataFrame:
        return self.batch.features(self.model.features)[0]

    @cached_property
    def _values(self) -> Floats:
        return self._features.to_numpy(dtype=np.float64, na_value=np.nan)

    @cached_property
    def _complete(self) -> bool:
        return len(self._features.columns) == len(self.model.features)

    @cached_property
    def _as_trained(self) -> bool:
        """True if all features exist and their formulas have not changed since training."""
        trained, catalogue = self.model.features_hash, self.batch.platform.catalogue
        return self._complete and trained in (None, catalogue.features_hash(self.model.features))

    @cached_property
    def _novelty(self) -> Floats:
        if self.profile is None or not self._complete:
            return np.full(len(self.batch.hours), np.nan)
        return self.profile.novelty(self._values)

    def _predict(self) -> tuple[Floats, list[str | None], list[str | None]]:
        """Return probabilities (NaN where there is none), no-prediction reasons and their details."""
        count = len(self.batch.hours)
        reasons: list[str | None] = [None] * count
        probability, details = np.full(count, np.nan), reasons.copy()
        # the first check that applies takes precedence, so it is written last
        for check in reversed(self._checks()):
            _apply(check, reasons, details)
        ready = np.array([reason is None for reason in reasons], dtype=bool)
        if not ready.any():
            return probability, reasons, details
        try:
            probability[ready] = probabilities(self.batch.platform, self.model, self._features[ready])
        except Unavailable:
            raise
        except Exception as error:
            logger.exception("model %s failed", self.model.model_id)
            message = f"{type(error).__name__}: {error}"[:500]
            _apply((MODEL_ERROR, ready, dict.fromkeys(_positions(ready), message)), reasons, details)
            return probability, reasons, details
        silent = ready & np.isnan(probability)
        _apply(
            (MODEL_ERROR, silent, {at: self._silence_detail(at) for at in _positions(silent)}),
            reasons,
            details,
        )
        return probability, reasons, details

    def _checks(self) -> list[Check]:
        """Return every no-prediction reason and the hours it applies to, in order of precedence."""
        missing_bar = QUOTA if self.model.definition.asset in self.batch.rate_limited else LATE_DATA
        missing, novel = self._missing_features(), self._outside_training()
        stale = np.asarray(missing.any(axis=1))
        return [
            (MODEL_EXPIRED, self._expired(), {}),
            (SCHEMA_MISMATCH, np.full(len(stale), not self._as_trained), {}),
            (missing_bar, np.isnan(self._price), {}),
            (STALE_FEATURE, stale, {at: self._missing_detail(at, missing[at]) for at in _positions(stale)}),
            (OUTSIDE_TRAINING, novel, {at: self._novelty_detail(at) for at in _positions(novel)}),
        ]

    def _expired(self) -> Mask:
        expiry = self.model.expires_at
        if expiry is None:
            return np.zeros(len(self.batch.due), dtype=bool)
        return np.asarray(self.batch.due >= expiry)

    def _outside_training(self) -> Mask:
        return np.asarray(self._novelty > (self.profile.limit if self.profile else np.inf))

    def _missing_features(self) -> Mask:
        if self.profile is None or not self._complete:
            return np.zeros(self._values.shape, dtype=bool)
        return np.isnan(self._values) & self.profile.expected_features()

    def _missing_detail(self, at: int, missing: Mask) -> str:
        """Name the missing features, and the missing bar if all of them are returns measured from it."""
        names = [name for name, absent in zip(self.model.features, missing, strict=True) if absent]
        more = f" and {len(names) - MAX_NAMED} more" if len(names) > MAX_NAMED else ""
        shown = f"{', '.join(names[:MAX_NAMED])}{more}"
        bars = {self._bar_before(at, name) for name in names}
        bar = bars.pop() if len(bars) == 1 else None
        if bar is None:
            return f"Missing or too old: {shown}."
        return (
            f"The bar of {bar:%Y-%m-%d %H:%M} had not arrived, so features based on it are missing: {shown}."
        )

    def _silence_detail(self, at: int) -> str:
        """Name the missing features for which the model gives no probability."""
        missing = [
            name for name, value in zip(self.model.features, self._values[at], strict=True) if np.isnan(value)
        ]
        because = f": missing {', '.join(missing[:MAX_NAMED])}" if missing else ""
        return f"The model gives no probability for this row{because}."

    def _bar_before(self, at: int, name: str) -> pd.Timestamp | None:
        """Return the bar a missing return is measured from, provided that the bar it leads to exists."""
        feature = self.batch.platform.catalogue.feature(name)
        level = self.batch.rows.get(feature.inputs[0]) if feature.transform == "return" else None
        if level is None or pd.isna(level.iloc[at]):
            return None
        return self.batch.hours[at] - feature.hours * HOUR

    def _novelty_detail(self, at: int) -> str:
        if self.profile is None:
            return REASONS[OUTSIDE_TRAINING]
        far = farthest_features(self.profile, self._values[at], self.model.features, MAX_NAMED)
        return (
            f"Novelty {self._novelty[at]:.2f} exceeds {self.profile.limit:.2f}; "
            f"farthest, in robust standard deviations: {far}."
        )


def _apply(check: Check, reasons: list[str | None], details: list[str | None]) -> None:
    reason, where, texts = check
    for at in _positions(where):
        reasons[at], details[at] = reason, texts.get(at, REASONS[reason])


def _positions(mask: Mask) -> list[int]:
    return [int(at) for at in np.flatnonzero(mask)]
