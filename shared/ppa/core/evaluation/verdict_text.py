"""One-sentence verdict on an evaluation against its base rate."""

from ppa.core.metrics import Evaluation, Interval

# minimum effective sample size for a verdict
MIN_EFFECTIVE = 10


def verdict_text(evaluation: Evaluation, base_rate_name: str | None = None) -> str:
    """Compare the accuracy's 95% interval with the base rate, in one sentence.

    `base_rate_name` describes the baseline that scores the base rate; by default the better constant prediction.
    """
    if evaluation.accuracy is None or evaluation.base_rate is None:
        return "no outcome is known yet"
    base = base_rate_name or f"always predicting {int(bool(evaluation.base_answer))}"
    low, high = evaluation.interval
    if evaluation.effective < MIN_EFFECTIVE:
        few = _counted(evaluation.effective, "effective outcome")
        return f"too early to tell: {few}, accuracy {evaluation.accuracy:.0%}, base rate {evaluation.base_rate:.0%}"
    return (
        f"{_comparison(evaluation.interval, evaluation.base_rate)} {base}: "
        f"{_counted(evaluation.effective, 'effective outcome')}, accuracy {evaluation.accuracy:.0%}, "
        f"interval {100 * low:.0f}\u2013{high:.0%}, base rate {evaluation.base_rate:.0%}"
    )


def _comparison(interval: Interval, base_rate: float) -> str:
    if interval.low > base_rate:
        return "better than"
    return "worse than" if interval.high < base_rate else "no better than"


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
