"""An evaluation in words: whether it is better than the base rate, as far as anybody can tell."""

from ppa.core.metrics import Evaluation, Interval

# fewer independent outcomes than this say nothing, whatever their interval
MIN_EFFECTIVE = 10


def verdict_text(evaluation: Evaluation, base_rate_name: str | None = None) -> str:
    """In words, whether the accuracy is better than the base rate, as far as the interval can tell."""
    if evaluation.accuracy is None or evaluation.base_rate is None:
        return "nothing to judge yet: no outcome is known"
    base = base_rate_name or f"always saying {'yes' if evaluation.base_answer else 'no'}"
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
