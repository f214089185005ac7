"""Responses as records: attributes for fields, a table in Jupyter."""

from collections.abc import Mapping
from html import escape
from typing import Any

MAX_TEXT = 80
SYMBOLS = {"passed": "✓", "warned": "!", "failed": "✕"}


class Record(dict[str, Any]):
    """One object of the API: a dict whose fields are attributes too, shown as a table in Jupyter."""

    def __getattr__(self, name: str) -> Any:
        """Return a field; nested objects are records as well."""
        try:
            value = self[name]
        except KeyError:
            raise AttributeError(f"There is no field {name!r}; there are {', '.join(self)}.") from None
        return Record(value) if isinstance(value, Mapping) else value

    def __dir__(self) -> list[str]:
        """Return methods and fields, for completion."""
        return [*super().__dir__(), *self]

    def __repr__(self) -> str:
        """Return a line for each field, long values shortened."""
        width = max(map(len, self), default=0)
        return "\n".join(f"{name:<{width}}  {_short(value)}" for name, value in self.items())

    def _repr_html_(self) -> str:
        cells = (
            f"<tr><th style='text-align:left'>{escape(name)}</th>"
            f"<td style='text-align:left'>{escape(_short(value))}</td></tr>"
            for name, value in self.items()
        )
        return f"<table>{''.join(cells)}</table>"


def verdict_line(verdict: Mapping[str, str]) -> str:
    """Return the verdict of one upload check as a line, with its remedy if it has one."""
    line = f"{SYMBOLS[verdict['outcome']]} {verdict['title']}: {verdict['sentence']} {verdict['remedy']}"
    return line.strip()


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= MAX_TEXT else f"{text[: MAX_TEXT - 1]}…"
