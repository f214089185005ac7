"""Which estimator is converted by which function, and what a conversion in progress knows."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from ppa.core.programs.builder import Builder, Wire
from ppa.modelfiles.errors import ModelRefused

LIBRARIES = {"sklearn", "lightgbm", "xgboost", "catboost"}

Convert = Callable[["Conversion", Any, Wire], Wire]
Register = Callable[[Convert], Convert]

TRANSFORMERS: dict[str, Convert] = {}
PROBABILITIES: dict[str, Convert] = {}
DECISIONS: dict[str, Convert] = {}
REGRESSORS: dict[str, Convert] = {}


def _register(table: dict[str, Convert], names: tuple[str, ...]) -> Register:
    def register(convert: Convert) -> Convert:
        table.update(dict.fromkeys(names, convert))
        return convert

    return register


def transformer(*names: str) -> Register:
    """Register the conversion of `transform`, which gives any number of columns."""
    return _register(TRANSFORMERS, names)


def probability(*names: str) -> Register:
    """Register the conversion of the second column of `predict_proba`."""
    return _register(PROBABILITIES, names)


def decision(*names: str) -> Register:
    """Register the conversion of `decision_function` of two classes, one column."""
    return _register(DECISIONS, names)


def regressor(*names: str) -> Register:
    """Register the conversion of `predict` of a regressor, one column."""
    return _register(REGRESSORS, names)


class NotConvertible(ModelRefused):
    """An estimator has no program; the sentence names it and its place in the model."""

    def __init__(self, reason: str, remedy: str) -> None:
        super().__init__("model_not_convertible", reason, remedy)


@dataclass(eq=False)
class Conversion(Builder):
    """A program in the making from an estimator; `path` names the estimators around the one that is converted."""

    path: list[str] = field(default_factory=list)

    def transform(self, estimator: Any, x: Wire) -> Wire:
        """Return what `estimator.transform` gives."""
        if estimator is None or (isinstance(estimator, str) and estimator == "passthrough"):
            return x
        with self._inside(estimator):
            convert = _lookup(TRANSFORMERS, estimator)
            if convert is None and hasattr(estimator, "get_support"):
                return self.complete(
                    self.columns_of(x, estimator.get_support(indices=True)), self._strict(estimator, x)
                )
            if convert is None:
                raise self.refusal(
                    estimator,
                    "is a transformer that no program can express",
                    "Use one of the list in docs/models.md.",
                )
            return convert(self, estimator, x)

    def probability(self, estimator: Any, x: Wire) -> Wire:
        """Return P(second class) as `estimator.predict_proba` gives it."""
        with self._inside(estimator):
            convert = _lookup(PROBABILITIES, estimator)
            if convert is None:
                raise self._no_classifier(estimator)
            return convert(self, estimator, x)

    def decision(self, estimator: Any, x: Wire) -> Wire:
        """Return what `estimator.decision_function` gives."""
        with self._inside(estimator):
            convert = _lookup(DECISIONS, estimator)
            if convert is None:
                raise self._no_classifier(estimator)
            return convert(self, estimator, x)

    def score(self, estimator: Any, x: Wire) -> Wire:
        """Return the decision function where the estimator has one, else P(second class)."""
        decides = hasattr(estimator, "decision_function")
        return self.decision(estimator, x) if decides else self.probability(estimator, x)

    def chance(self, estimator: Any, x: Wire) -> Wire:
        """Return P(second class), or the logistic function of the decision where there is no `predict_proba`."""
        if hasattr(estimator, "predict_proba"):
            return self.probability(estimator, x)
        return self.unary("expit", self.decision(estimator, x))

    def label(self, estimator: Any, x: Wire) -> Wire:
        """Return 1 where `estimator.predict` gives the second class, else 0."""
        if hasattr(estimator, "predict_proba") and not hasattr(estimator, "decision_function"):
            return self.binary("less", 0.5, self.probability(estimator, x))
        return self.binary("less", 0.0, self.decision(estimator, x))

    def regress(self, estimator: Any, x: Wire) -> Wire:
        """Return what `estimator.predict` gives, of a regressor."""
        with self._inside(estimator):
            convert = _lookup(REGRESSORS, estimator)
            if convert is None:
                raise self.refusal(
                    estimator, "is a regressor that no program can express", "Use a linear model or trees."
                )
            return convert(self, estimator, x)

    def require(self, estimator: Any, condition: bool, reason: str, remedy: str) -> None:
        """Raise NotConvertible unless the condition holds."""
        if not condition:
            raise self.refusal(estimator, reason, remedy)

    def refusal(self, estimator: Any, reason: str, remedy: str) -> NotConvertible:
        """Return the error that names the estimator, its place, and an alternative."""
        place = f" (in {' > '.join(self.path[:-1])})" if len(self.path) > 1 else ""
        return NotConvertible(f"{type(estimator).__name__}{place} {reason}.", remedy)

    def _strict(self, estimator: Any, x: Wire) -> Wire:
        """Return x if the estimator refuses missing values, else values that are never missing."""
        return x if not takes_missing(estimator) else Wire(x.node, x.width, missing=False)

    def strictly(self, estimator: Any, output: Wire, x: Wire) -> Wire:
        """Return the output, but NaN in rows with missing values if the estimator refuses those."""
        return self.complete(output, self._strict(estimator, x))

    def _no_classifier(self, estimator: Any) -> NotConvertible:
        return self.refusal(
            estimator,
            "is a classifier that no program can express",
            "Use one of the list in docs/models.md, or predict outside and import the predictions.",
        )

    @contextmanager
    def _inside(self, estimator: Any) -> Iterator[None]:
        self.path.append(type(estimator).__name__)
        yield
        self.path.pop()


def takes_missing(estimator: Any) -> bool:
    """Return whether the library lets the estimator see missing values."""
    try:
        return bool(estimator.__sklearn_tags__().input_tags.allow_nan)
    except AttributeError:
        return bool(estimator._get_tags().get("allow_nan", False))  # before scikit-learn 1.6


def _lookup(table: dict[str, Convert], estimator: Any) -> Convert | None:
    for kind in type(estimator).__mro__:
        if kind.__module__.partition(".")[0] in LIBRARIES and kind.__name__ in table:
            return table[kind.__name__]
    return None
