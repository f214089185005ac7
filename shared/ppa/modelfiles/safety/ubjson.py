"""Parse UBJSON as XGBoost writes it (https://ubjson.org, big-endian); raise ValueError for anything else."""

import struct

import numpy as np

Value = None | bool | int | float | str | list["Value"] | dict[str, "Value"]

_MAX_DEPTH = 64
_NUMBERS = {b"i": "b", b"U": "B", b"I": "h", b"l": "i", b"L": "q", b"d": "f", b"D": "d"}
_CONSTANTS: dict[bytes, Value] = {b"Z": None, b"T": True, b"F": False}


def parse(data: bytes) -> Value:
    """Parse a single value that fills `data`; arrays of numbers become lists."""
    reader = _Reader(data)
    value = reader.value(reader.take(1), 0)
    if reader.place != len(data):
        raise ValueError("there is data after its end")
    return value


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self.place = 0

    def take(self, count: int) -> bytes:
        piece = self._data[self.place : self.place + count]
        if count < 0 or len(piece) < count:
            raise ValueError("it ends early")
        self.place += count
        return piece

    def value(self, marker: bytes, depth: int) -> Value:
        if depth > _MAX_DEPTH:
            raise ValueError("it is nested too deeply")
        if marker in _CONSTANTS:
            return _CONSTANTS[marker]
        if marker == b"S":
            return self._text()
        if marker == b"[":
            return self._array(depth)
        if marker == b"{":
            return self._object(depth)
        return self._number(marker)

    def _number(self, marker: bytes) -> int | float:
        if marker not in _NUMBERS:
            raise ValueError(f"it has the unknown marker {marker!r}")
        form = ">" + _NUMBERS[marker]
        number: int | float = struct.unpack(form, self.take(struct.calcsize(form)))[0]
        return number

    def _text(self) -> str:
        return self.take(int(self._number(self.take(1)))).decode()

    def _array(self, depth: int) -> list[Value]:
        marker = self.take(1)
        if marker == b"$":
            return self._typed()
        values: list[Value] = []
        if marker == b"#":
            count = int(self._number(self.take(1)))
            return [self.value(self.take(1), depth + 1) for _ in range(count)]
        while marker != b"]":
            values.append(self.value(marker, depth + 1))
            marker = self.take(1)
        return values

    def _typed(self) -> list[Value]:
        kind = self.take(1)
        if kind not in _NUMBERS or self.take(1) != b"#":
            raise ValueError("it has an array of an unknown format")
        count, form = int(self._number(self.take(1))), np.dtype(">" + _NUMBERS[kind])
        numbers: list[Value] = np.frombuffer(self.take(count * form.itemsize), form).tolist()
        return numbers

    def _object(self, depth: int) -> dict[str, Value]:
        members: dict[str, Value] = {}
        while (marker := self.take(1)) != b"}":
            name = self.take(int(self._number(marker))).decode()
            if name in members:
                raise ValueError("it has a duplicate key")
            members[name] = self.value(self.take(1), depth + 1)
        return members
