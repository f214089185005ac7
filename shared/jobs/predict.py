"""The hourly job: cut the closed hour's row, and give every active model's answer for it, once.

Every model and hour gets one row: a prediction, or the reason why there is none.
"""

import logging
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa

from shared.features import as_of_time, last_closed_hour, row_hashes
from shared.frames import HOUR, hours_between, to_frame, to_table, utc
from shared.jobs.build import build_rows, buildable, built_until, make_rows, stored_rows
from shared.jobs.ingest import complete
from shared.labels import closes
from shared.models.models import Model, active_models
from shared.platform import Platform

logger = logging.getLogger("ppa.jobs")

LIVE, BUFFER, REPLAY = "live", "buffer", "replay"
ORIGINS = (LIVE, BUFFER, REPLAY)
# an outage longer than this is not made up for
MOST_CATCH_UP = pd.Timedelta(days=30)
REASONS: Mapping[str, str] = {
    "late_data": "The hour's bar had not arrived when the row was cut.",
    "schema_mismatch": "The catalogue has changed since the model was trained; train it again.",
    "model_error": "The model failed on this row.",
}


def predict(platform: Platform, scheduled_for: pd.Timestamp) -> Mapping[str, object]:
    """Answer every closed hour up to `scheduled_for` that an active model has not answered, oldest first."""
    due = min(scheduled_for, platform.now())
    models, last = active_models(platform), last_closed_hour(due, platform.catalogue)
    if platform.feed.exact:
        complete(platform)
    refresh_rows(platform, last)
    missing = _unanswered(platform, models, last)
    written = sum(
        answer(platform, waiting, pd.DatetimeIndex([hour]), origin=LIVE) for hour, waiting in missing.items()
    )
    return {"rows": written, "hours": len(missing), "models": len(models), "hour": last.isoformat()}


def answer(platform: Platform, models: Sequence[Model], hours: pd.DatetimeIndex, *, origin: str) -> int:
    """Write the models' answers for some hours in one MERGE; how many were new."""
    if not len(hours) or not models:
        return 0
    rows = rows_for(platform, hours)
    answers = pd.concat([_Answers(platform, model, rows, origin).frame() for model in models])
    if origin == LIVE:
        _log_missing(answers)
    return platform.warehouse.merge("predictions", _nulls(answers))


def rows_for(platform: Platform, hours: pd.DatetimeIndex) -> pd.DataFrame:
    """The rows of some hours: as cached, and made anew where they are not."""
    names = list(platform.catalogue.feature_names)
    cached = stored_rows(platform, hours.min(), hours.max() + HOUR)[names]
    missing = hours.difference(pd.DatetimeIndex(cached.index))
    made = make_rows(platform, missing) if len(missing) else cached.iloc[:0]
    return pd.concat([cached, made]).reindex(hours)


def refresh_rows(platform: Platform, last: pd.Timestamp) -> None:
    """Bring the cache up to the hour `last`, as far as there are bars."""
    built, (_, newest) = built_until(platform), buildable(platform)
    if newest is not None:
        end = min(last, newest) + HOUR
        since = end - HOUR if built is None else built + HOUR
        deque(build_rows(platform, since, end), maxlen=0)


def _unanswered(
    platform: Platform, models: Sequence[Model], last: pd.Timestamp
) -> Mapping[pd.Timestamp, list[Model]]:
    """Hours to answer, oldest first, each with the models that owe it."""
    since = last - MOST_CATCH_UP
    answered = answered_hours(platform, models, since, last + HOUR)
    done = set(zip(answered["model_id"], answered["ts"], strict=True))
    owed: dict[pd.Timestamp, list[Model]] = {}
    for model in models:
        first = max(since, _first_live_hour(platform, model))
        for hour in hours_between(first, last + HOUR):
            if (model.model_id, hour) not in done:
                owed.setdefault(hour, []).append(model)
    return dict(sorted(owed.items()))


def answered_hours(
    platform: Platform, models: Sequence[Model], since: pd.Timestamp, until: pd.Timestamp
) -> pd.DataFrame:
    """What some models have answered of [since, until), live or buffered: model_id and ts."""
    ids = [model.model_id for model in models]
    return to_frame(
        platform.warehouse.query(
            "answered_hours", since=since, until=until, model_ids=ids, origins=[LIVE, BUFFER]
        )
    )


def _first_live_hour(platform: Platform, model: Model) -> pd.Timestamp:
    """The first hour that was cut after the model was activated."""
    return last_closed_hour(utc(model.active_since), platform.catalogue) + HOUR


@dataclass(frozen=True)
class _Answers:
    platform: Platform
    model: Model
    rows: pd.DataFrame
    origin: str

    def frame(self) -> pd.DataFrame:
        """A row of `predictions` for every row."""
        asset = self.platform.catalogue.asset(self.model.spec.asset)
        price = self.rows[asset.series("close")]
        probability, reason, detail = self._outcome(price)
        said = probability.notna()
        decision = (probability >= self.model.row["decision_threshold"]).astype("boolean").where(said)
        return self._common().assign(
            probability=probability,
            decision=decision,
            price=price,
            target_price=self._targets(price),
            feature_hash=self._hashes(),
            reason=reason,
            detail=detail,
        )

    def _targets(self, price: pd.Series) -> pd.Series:
        """The price to reach; one in units of volatility needs the closes before."""
        spec = self.model.spec
        if spec.volatility_window is None:
            return spec.targets(price)
        return spec.targets(closes(self.platform, spec.asset)).reindex(price.index).where(price.notna())

    def _common(self) -> pd.DataFrame:
        hours, now = pd.DatetimeIndex(self.rows.index), self.platform.now()
        due = pd.DatetimeIndex([as_of_time(hour, self.platform.catalogue) for hour in hours])
        matures = hours + pd.Timedelta(hours=1 + self.model.spec.lookahead)
        return pd.DataFrame(
            {
                "model_id": self.model.model_id,
                "ts": hours,
                "origin": self._origins(matures, now),
                "due_at": due,
                "made_at": due if self.origin == REPLAY else now,
                "matures_at": matures,
                "threshold": self.model.row["decision_threshold"],
                "catalogue_version": self.platform.catalogue.version,
                "generation": self.model.row["generation"],
            },
            index=hours,
        )

    def _origins(self, matures: pd.DatetimeIndex, now: pd.Timestamp) -> list[str]:
        """An answer that comes after its outcome could be known is no live one."""
        late = BUFFER if self.origin == LIVE else self.origin
        return [self.origin if moment > now else late for moment in matures]

    def _outcome(self, price: pd.Series) -> tuple[pd.Series, pd.Series, pd.Series]:
        nothing = pd.Series(np.nan, index=self.rows.index)
        reason = pd.Series(None, index=self.rows.index, dtype=object)
        detail = reason.copy()
        if not set(self.model.features) <= set(self.rows.columns):
            return nothing, reason.fillna("schema_mismatch"), detail.fillna(REASONS["schema_mismatch"])
        late = price.isna()
        reason[late], detail[late] = "late_data", REASONS["late_data"]
        try:
            nothing[~late] = self._probabilities(self.rows.loc[~late, self.model.features])
        except Exception as error:
            logger.exception("model %s failed", self.model.model_id)
            reason[~late], detail[~late] = "model_error", f"{type(error).__name__}: {error}"[:500]
        return nothing, reason, detail

    def _probabilities(self, vectors: pd.DataFrame) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
        from shared.models.probability import predict_probability

        if vectors.empty:
            return np.empty(0)
        return predict_probability(self.platform.loaded.get(self.platform.store, self.model.row), vectors)

    def _hashes(self) -> list[str]:
        present = [name for name in self.model.features if name in self.rows.columns]
        return row_hashes(self.rows[present])


def _log_missing(answers: pd.DataFrame) -> None:
    """A line for every answer that is a reason; terraform/monitoring.tf counts these events."""
    for row in answers[answers["reason"].notna()].itertuples():
        missing = {"model": row.model_id, "hour": row.ts, "reason": row.reason}
        logger.warning(
            "model %s has no prediction for %s: %s",
            *missing.values(),
            extra={"fields": {"event": "prediction_missing"} | missing},
        )


def _nulls(frame: pd.DataFrame) -> pa.Table:
    """As Arrow, with null rather than NaN."""
    return to_table(frame.reset_index(drop=True))
