"""Lines of a text with their numbers in the file."""

from collections.abc import Sequence
from functools import cached_property

import numpy as np
import numpy.typing as npt

from ppa.importing.table import Lines

MAX_LENGTH = 1 << 17


class NumberedLines:
    """Lines of a text, some of them left out, with their numbers in the file."""

    def __init__(self, data: bytes, offset: int, above: int, notes: Sequence[str] = ()) -> None:
        """The lines of `data` from byte `offset` on; `above` counts the lines of the file above them."""
        self.data, self.offset, self.above, self.notes = data, offset, above, tuple(notes)
        self._numbers: Lines | None = None

    @property
    def body(self) -> memoryview:
        """The lines as one buffer."""
        return memoryview(self.data)[self.offset :]

    @cached_property
    def _bytes(self) -> npt.NDArray[np.uint8]:
        return np.frombuffer(self.body, np.uint8)

    @cached_property
    def _ends(self) -> Lines:
        ends = np.flatnonzero(self._bytes == ord("\n"))
        return ends if self.data.endswith(b"\n") else np.append(ends, self._bytes.size)

    @cached_property
    def _count(self) -> int:
        unended = len(self.data) > self.offset and not self.data.endswith(b"\n")
        return self.data.count(b"\n", self.offset) + unended

    def count(self) -> int:
        """Number of lines."""
        return self._count

    def lines(self) -> Lines:
        """Line numbers in the file."""
        return np.arange(self.count()) + self.above + 1 if self._numbers is None else self._numbers

    def number(self, index: int) -> int:
        """Line number in the file of one line."""
        return int(self.lines()[index])

    def line(self, index: int) -> bytes:
        """Text of one line."""
        start = int(self._ends[index - 1]) + 1 if index else 0
        return bytes(self.body[start : int(self._ends[index])]).rstrip(b"\r")

    def irregular(self, delimiter: str, width: int) -> list[int]:
        """Lines that are comments, very long, or whose number of delimiters is not that of `width` fields."""
        starts = np.append(0, self._ends[:-1] + 1)
        marks = np.flatnonzero(self._bytes == ord(delimiter))
        counts = np.searchsorted(marks, self._ends) - np.searchsorted(marks, starts)
        first = self._bytes[np.minimum(starts, max(self._bytes.size - 1, 0))]
        odd = (counts != width - 1) | np.isin(first, [ord("#"), ord("/"), ord("%")])
        return [int(i) for i in np.flatnonzero(odd | (self._ends - starts > MAX_LENGTH))]

    def replaced(self, changed: dict[int, bytes | None], notes: Sequence[str]) -> "NumberedLines":
        """Rows with other texts for some lines, and without those whose text is None."""
        pieces, last, body = list[bytes | memoryview](), 0, self.body
        for i, text in changed.items():
            start = int(self._ends[i - 1]) + 1 if i else 0
            pieces += [body[last:start], b"" if text is None else text + b"\n"]
            last = int(self._ends[i]) + 1
        rows = NumberedLines(b"".join([*pieces, body[last:]]), 0, self.above, (*self.notes, *notes))
        dropped = [i for i, text in changed.items() if text is None]
        rows._numbers = np.delete(self.lines(), dropped)
        return rows
