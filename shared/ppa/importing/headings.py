"""Recognise the role of a column by its heading."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

PRICES = ("open", "high", "low", "close")
EXACT, QUALIFIED, LIKELY = 0, 1, 2

# English, German, French, Spanish, Italian, Portuguese, Dutch and Polish, without accents
_WORDS = {
    "open": """open o opening first eroffnung eroffnungskurs ouverture ouv apertura apert abertura aber otwarcie""",
    "high": """high h hi highest max hoch hochst hochstkurs tageshoch haut plushaut maximo massimo alto maxima hoog
        najwyzszy""",
    "low": """low l lo lowest min tief tiefst tiefstkurs tagestief bas plusbas minimo minima basso baixo bajo laag
        najnizszy""",
    "close": """close c closing last schluss schlusskurs cloture clot dernier cierre ultimo chiusura fechamento slot
        zamkniecie""",
    "vwap": """vwap vw wap vwp weighted weightedaverage volumeweightedaverage""",
    "start": """opentime timeopen opendate start starttime timestart periodstart timeperiodstart begin begins
        windowstart tsevent barstart""",
    "time": """time timestamp timestamps ts t dt date datetime dateandtime unix unixtime unixtimestamp epoch epochtime
        timestampms timems tsms zeit datum uhrzeit datumzeit zeitstempel fecha hora fechahora data dataora heure
        dateheure tijd czas candlebegintime candletime hour hr stunde godzina""",
    "end": """closetime timeclose closedate end endtime timeend periodend timeperiodend windowend barend
        closetimestamp""",
    "volume": """volume vol v volumen volumes volumi quantity qty wolumen basevolume volumebase volumefrom
        homenotional""",
    "money": """volumeto foreignnotional quotevolume volumequote quoteassetvolume turnover notional umsatz obrot""",
    "ticks": """tickvolume tickvol ticks tickqty trades count n numberoftrades transactions tradescount tradecount""",
}
_VOCABULARY = {role: frozenset(words.split()) for role, words in _WORDS.items()}
# a price of investing.com's kind is a close where no other column is one
_LIKELY = {
    "close": frozenset(
        {"price", "kurs", "preis", "cours", "precio", "prezzo", "preco", "settle", "settlement"}
    ),
    "volume": frozenset({"amount", "size"}),
}
_CLOCKS = frozenset({"time", "date", "datetime", "timestamp", "zeit", "datum", "uhrzeit", "fecha", "hora"})
_ZONES = frozenset(
    {"utc", "gmt", "local", "est", "edt", "cst", "cdt", "mst", "mdt", "pst", "pdt", "cet", "cest", "bst"}
)
_UNITS = _ZONES | {
    "ms",
    "us",
    "ns",
    "s",
    "sec",
    "secs",
    "second",
    "seconds",
    "millis",
    "milliseconds",
    "microseconds",
}
_UNITS |= {"nanoseconds", "in", "iso", "bar", "the", "of"}
_PAIR = re.compile(r"[a-z]{2,5}(usd[tc]?|eur|btc)")
_MONEY = frozenset({"usd", "usdt", "usdc", "busd", "eur", "gbp", "jpy", "krw", "dollar", "dollars", "money"})
_COINS = frozenset({"btc", "eth", "xbt", "sol", "ada", "coin", "coins", "base", "asset", "units", "crypto"})
_QUOTE = frozenset({"quote", "turnover", "notional", "currency", "ccy", "to", "counter", "value"})
_TRADED = frozenset({"traded", "trade", "trading", "total", "real", "exchange", "spot", "from", "volume"})
_SIDES = ("ask", "bid", "index", "mark", "mid")
_NO_ROLE = frozenset(
    {"adj", "adjusted", "ma", "sma", "ema", "mean", "average", "avg", "relative", "delta", "change"}
)
_NO_ROLE |= {"taker", "buy", "sell", "buyer", "seller", "ratio"}


_HOURS = frozenset({"hour", "hr", "stunde", "hora", "heure", "ora", "uur", "godzina"})
_CLOSED = frozenset({"confirm", "confirmed", "closed", "isclosed", "isfinal", "final", "x"})


@dataclass(frozen=True)
class Meaning:
    """Role that a heading gives its column, and how surely: `EXACT`, `QUALIFIED` (as of `Open (USD)`) or `LIKELY`.

    `money` is set for a volume in quote currency; `side` is the side of a quoted price, such as bid.
    """

    role: str
    rank: int
    money: bool = False
    side: str = ""


@lru_cache(maxsize=4096)
def meaning(heading: str) -> Meaning | None:
    """Meaning of a heading in any common spelling, case and language; None if it has none."""
    words = _words(heading)
    plain = "".join(words)
    for role, vocabulary in _VOCABULARY.items():
        if plain in vocabulary:
            return Meaning("volume", EXACT, money=True) if role == "money" else Meaning(role, EXACT)
    for role, likely in _LIKELY.items():
        if plain in likely:
            return Meaning(role, LIKELY)
    return _sided(words) or (None if _NO_ROLE & set(words) else _qualified(words))


def known_roles(headings: Sequence[str]) -> int:
    """Number of headings with a meaning."""
    return sum(bool(heading) and meaning(heading) is not None for heading in headings)


def names_utc(heading: str) -> bool:
    """True if the heading names UTC or GMT."""
    return bool({"utc", "gmt"} & set(_words(heading)))


def names_hours(heading: str) -> bool:
    """True if the heading is that of the hour of a day."""
    return "".join(_words(heading)) in _HOURS


def names_closed(heading: str) -> bool:
    """True if the heading is that of a flag of bars that are closed."""
    return "".join(_words(heading)) in _CLOSED


def _qualified(words: Sequence[str]) -> Meaning | None:
    """Meaning of the words without units, currencies, pairs and the word "price"."""
    if "volume" in words or "vol" in words:
        return _volume(set(words))
    fillers = _UNITS | _MONEY | _COINS | {"price"}
    rest = [word for word in words if word not in fillers and not _PAIR.fullmatch(word)]
    for role in ("open", "high", "low", "close", "vwap", "start", "time", "end"):
        if "".join(rest) in _VOCABULARY[role]:
            return Meaning(role, QUALIFIED)
    if not rest and "price" in words:
        return Meaning("close", LIKELY)
    is_clock = _CLOCKS & set(words) and not {"close", "end", "high", "low"} & set(words)
    return Meaning("time", LIKELY) if is_clock else None


def _volume(words: set[str]) -> Meaning | None:
    """Meaning of words with "volume" among them: at most the short name of a coin may be left."""
    words = words - {"volume", "vol"} - _UNITS
    money = bool(words & (_QUOTE | _MONEY)) and not (words & _COINS and not words & _QUOTE)
    if words & {"tick", "ticks"}:
        return Meaning("ticks", QUALIFIED)
    rest = [word for word in words - _MONEY - _COINS - _QUOTE - _TRADED if not _PAIR.fullmatch(word)]
    if not rest:
        return Meaning("volume", QUALIFIED, money=money)
    return Meaning("volume", LIKELY, money=money) if len(rest) == 1 and 3 <= len(rest[0]) <= 5 else None


def _sided(words: Sequence[str]) -> Meaning | None:
    """Meaning of a price of one side, such as `bidopen`, `Bid Open` or `open_ask`."""
    plain = "".join(words)
    for side in _SIDES:
        rest = plain.removeprefix(side) if plain.startswith(side) else plain.removesuffix(side)
        role = next((price for price in PRICES if rest in _VOCABULARY[price] and len(rest) > 1), None)
        if rest != plain and role:
            return Meaning(role, QUALIFIED, side=side)
    return None


@lru_cache(maxsize=4096)
def _words(heading: str) -> tuple[str, ...]:
    unnumbered = re.sub(r"^\s*\d+[a-z]?[.:] *", "", heading)
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", unnumbered).lower().replace("ß", "ss")
    letters = "".join(c for c in unicodedata.normalize("NFKD", spaced) if not unicodedata.combining(c))
    return tuple(re.findall(r"[a-z]+", letters.replace("ł", "l")))
