"""Recognise the role of a column by its heading."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

PRICES = ("open", "high", "low", "close")

_WORDS = {
    "open": {"open", "o", "opening", "first"},
    "high": {"high", "h", "hi", "highest", "max"},
    "low": {"low", "l", "lo", "lowest", "min"},
    "close": {"close", "c", "closing", "last"},
    "vwap": {"vwap", "vw", "wap", "weighted", "weightedaverage", "volumeweightedaverage"},
    "time": {
        *("time", "timestamp", "ts", "t", "date", "datetime", "unix", "unixtime", "unixtimestamp", "epoch"),
        *("opentime", "timeopen", "opendate", "start", "starttime", "periodstart", "timeperiodstart"),
        *("epochtime", "timestampms", "timems", "tsms", "begin", "dateandtime", "timestart"),
    },
}
_QUALIFIERS = {
    *("utc", "gmt", "ms", "us", "ns", "s", "sec", "seconds", "millis", "milliseconds", "microseconds"),
    *("price", "usd", "usdt", "usdc", "eur", "gbp", "jpy", "btc", "eth", "in", "iso", "local", "bar"),
}
_VOLUME = re.compile(r"volume|\bvol\b|^v$")
_NOT_THE_VOLUME = re.compile(r"taker|tick|buy|sell|count|number|change|ratio")
_QUOTE = re.compile(r"quote|usd|eur|gbp|jpy|krw|currency|dollar|turnover|notional|volumeto\b|volume to\b")


@dataclass(frozen=True)
class Roles:
    """Column positions by role; `volumes` lists the most likely volume in coins first."""

    times: tuple[int, ...]
    prices: dict[str, int]
    volumes: tuple[int, ...]
    vwap: int | None
    missing: tuple[str, ...]
    doubled: tuple[str, ...]


def roles(headings: Sequence[str]) -> Roles:
    """Assign roles to columns by `headings`, in any common spelling and case."""
    positions = {role: _positions(headings, role) for role in _WORDS}
    volumes = [i for i, heading in enumerate(headings) if is_volume(heading)]
    volumes.sort(key=lambda i: (is_quote(headings[i]), len(_words(headings[i])) == 1))
    return Roles(
        times=positions["time"],
        prices={price: positions[price][0] for price in PRICES if positions[price]},
        volumes=tuple(volumes),
        vwap=positions["vwap"][0] if positions["vwap"] else None,
        missing=tuple(role for role in ("time", *PRICES) if not positions[role]),
        doubled=tuple(price for price in PRICES if len(positions[price]) > 1),
    )


def names_utc(heading: str) -> bool:
    """True if the heading names UTC or GMT."""
    return bool({"utc", "gmt"} & set(_words(heading)))


def is_volume(heading: str) -> bool:
    """True if the heading names a traded volume, in coins or in money."""
    text = " ".join(_words(heading))
    weighted = "vwap" in text or "weighted" in text
    return bool(_VOLUME.search(text)) and not weighted and not _NOT_THE_VOLUME.search(text)


def is_quote(heading: str) -> bool:
    """True if the heading names a volume in money rather than in coins."""
    return bool(_QUOTE.search(" ".join(_words(heading))))


def _positions(headings: Sequence[str], role: str) -> tuple[int, ...]:
    return tuple(i for i, heading in enumerate(headings) if _plain(heading) in _WORDS[role])


def _plain(heading: str) -> str:
    words = _words(heading)
    return "".join(word for word in words if word not in _QUALIFIERS) or "".join(words)


def _words(heading: str) -> list[str]:
    unnumbered = re.sub(r"^\s*\d+[a-z]?\.\s*", "", heading)
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", unnumbered)
    return re.findall(r"[a-z]+", spaced.lower())
