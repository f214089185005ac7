"""Bars of a file whose prices cannot be right, with their lines."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ppa.core.quality.findings import Finding
from ppa.core.quality.price_doctor import Block, blocks, describe_factor, far_wicks, spikes, wicks
from ppa.importing.bars import Rows, format_time, to_datetime
from ppa.importing.evidence import Mask

_SHOWN = 5
# with more steps back the file has no order
_MAX_PARTS = 50


@dataclass(frozen=True)
class Suspects:
    """Findings in the rows of a file. `wrong` marks those whose prices cannot be right."""

    wrong: Mask
    blocks: tuple[Block, ...]
    findings: tuple[Finding, ...]

    @property
    def first_row(self) -> int:
        """Position of the first wrong row."""
        return int(np.argmax(self.wrong))

    def refusal(self, rows: Rows) -> str:
        """Sentence for a file that has too many wrong rows."""
        if not self.blocks:
            count = int(self.wrong.sum())
            return (
                f"the high or low of {count:,} bars is far outside their body: correct or delete these lines"
            )
        block = self.blocks[0]
        first, last = sorted((int(rows.lines[block.start]), int(rows.lines[block.stop - 1])))
        factor = describe_factor(block.factor)
        what = f"prices of {rows.place}s {first} to {last} are {factor} those around them"
        if not block.unit:
            return f"{what}: correct or delete these lines"
        by = (
            f"divide them by {block.factor:g}"
            if block.factor > 1
            else f"multiply them by {1 / block.factor:g}"
        )
        return f"{what}, so they are in another unit: {by}, or delete these lines"


def find_suspects(rows: Rows, *, hourly: bool) -> Suspects:
    """Examine sorted rows for prices that cannot be right, and hourly ones also for long wicks and spikes."""
    values = rows.columns
    match = tuple(blocks(values["close"]))
    wrong = np.zeros(len(rows.opens), np.bool_)
    for block in match:
        wrong[block.start : block.stop] = True
    far = far_wicks(values) & ~wrong
    odd = {
        "unit": (wrong, "prices at another level than the bars around them, left out"),
        "wick": (far, "a high or low far outside the body, left out"),
    }
    if hourly:
        edge = wrong | np.append(wrong[1:], False) | np.append(False, wrong[:-1])
        odd["long wick"] = wicks(values) & ~far & ~edge, "a high or low far outside the body"
        odd["spike"] = spikes(values) & ~edge, "a close that jumps away from its neighbours and back"
    findings = tuple(_finding(rows, kind, mask, words) for kind, (mask, words) in odd.items() if mask.any())
    return Suspects(wrong | far, match, findings)


def _finding(rows: Rows, kind: str, mask: npt.NDArray[np.bool_], words: str) -> Finding:
    at = np.flatnonzero(mask)
    lines = np.sort(rows.lines[at])
    shown = ", ".join(str(line) for line in lines[:_SHOWN]) + (", …" if len(lines) > _SHOWN else "")
    first, last = to_datetime(rows.opens[at[0]]), to_datetime(rows.opens[at[-1]])
    place = rows.place if len(at) == 1 else f"{rows.place}s"
    sentence = f"{rows.name}, {place} {shown}: {words}, {format_time(first)} to {format_time(last)}."
    remedy = "Compare them with another source; correct or delete the lines, and import the file again."
    return Finding(rows.name, kind, first, last, len(at), sentence, kind in ("unit", "wick"), remedy)


def steps_back(rows: Rows) -> tuple[Finding, ...]:
    """Finding of the rows, in the order of the file, at which time steps against the order of the others."""
    steps = np.diff(rows.opens)
    back = np.flatnonzero(steps < 0 if (steps >= 0).sum() >= (steps <= 0).sum() else steps > 0) + 1
    if not 0 < len(back) <= _MAX_PARTS:
        return ()
    mask = np.zeros(len(rows.opens), np.bool_)
    mask[back] = True
    hours = abs(int(steps[back[0] - 1])) / 3_600_000_000
    return (
        _finding(
            rows, "order", mask, f"time steps back here, first by {hours:g} hours: check the file's parts"
        ),
    )
