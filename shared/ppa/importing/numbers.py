"""Convert text columns to numbers: decimal commas, thousands, currency symbols and suffixes such as 37.6K."""

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

BLANKS = (
    *(
        "",
        "nan",
        "null",
        "none",
        "nil",
        "na",
        "n/a",
        "<na>",
        "-",
        "--",
        "\\n",
        "#n/a",
        "#na",
        "#n/v",
        "#nv",
        "#null!",
    ),
    *("#value!", "#wert!", "#div/0!", "#ref!", "#bezug!", "#num!", "#zahl!", "#name?", "nat", "undefined"),
)
# as they are written in files, for a reader that compares exactly
SPELLED_BLANKS = sorted(
    {spelling for blank in BLANKS for spelling in (blank, blank.upper(), blank.capitalize())} | {"NaN"}
)
_DECORATION = r"[\s\x{00a0}\x{202f}'\x{2019}_$€£¥₩₿]|USD[TC]?$|EUR$|BTC$"
_NUMBER = r"^[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$"
_INFINITE = r"(?i)^[-+]?inf(inity)?$"
_SUFFIXED = r"^[-+]?[\d.]+[KkMmBb]$"
_FACTORS = {"k": 1e3, "m": 1e6, "b": 1e9}


def has_decimal_commas(texts: Iterable[str], delimiter: str) -> bool:
    """True if the numbers among `texts` have decimal commas rather than thousands separated by commas.

    A comma behind a point, or in a number with one group of other than three digits, is a decimal one. `1,234` alone is
    one thousand and more, unless the file's delimiter is not a comma, as where commas are the decimal marks.
    """
    numbers = [
        text.strip() for text in texts if "," in text and not set(text) - set("0123456789.,-+eE '$€£¥")
    ]
    for text in numbers:
        whole, _, last = text.rpartition(",")
        if "." in last or whole.count(","):
            return False
        if "." in whole or len(last) != 3 or not 1 <= len(whole.lstrip("-+$€£¥ ")) <= 3:
            return True
    return bool(numbers) and delimiter != ","


def to_numbers(column: pa.ChunkedArray, *, decimal_commas: bool) -> tuple[Floats, Mask]:
    """Numbers of a column (NaN where blank), and a mask of the fields that are neither numbers nor blank."""
    if pa.types.is_temporal(column.type):
        return np.full(len(column), np.nan), np.ones(len(column), dtype=np.bool_)
    if not pa.types.is_string(column.type):
        values = pc.cast(column, pa.float64(), safe=False)
        return values.to_numpy(), np.zeros(len(column), dtype=np.bool_)
    text = pc.fill_null(pc.utf8_trim_whitespace(column), "")
    blank = pc.is_in(pc.utf8_lower(text), value_set=pa.array(BLANKS))
    text = pc.replace_substring_regex(text, _DECORATION, "")
    text = pc.replace_substring(text, "." if decimal_commas else ",", "")
    text = pc.replace_substring(text, ",", ".")
    text, factor = _without_suffix(text)
    valid = pc.match_substring_regex(text, f"{_NUMBER}|{_INFINITE}")
    values = pc.cast(pc.if_else(pc.and_(valid, pc.invert(blank)), text, None), pa.float64())
    return values.to_numpy() * factor, _mask(pc.invert(pc.or_(valid, blank)))


def significant_digits(column: pa.ChunkedArray) -> int:
    """Most significant digits of the column's numbers that are in E notation; 0 if none is."""
    if not pa.types.is_string(column.type):
        return 0
    mantissas = pc.struct_field(pc.extract_regex(column, r"^[-+]?(?P<digits>\d[.,]?\d*)[eE]"), "digits")
    digits = pc.utf8_length(pc.replace_substring_regex(mantissas, "[.,]", ""))
    return int(pc.max(digits).as_py() or 0)


def _without_suffix(text: pa.ChunkedArray) -> tuple[pa.ChunkedArray, Floats | float]:
    suffixed = pc.match_substring_regex(text, _SUFFIXED)
    if not pc.any(suffixed).as_py():
        return text, 1.0
    last = pc.utf8_lower(pc.utf8_slice_codeunits(text, -1))
    factor = np.ones(len(text))
    for suffix, by in _FACTORS.items():
        factor[_mask(pc.and_(suffixed, pc.equal(last, suffix)))] = by
    return pc.if_else(suffixed, pc.utf8_slice_codeunits(text, 0, -1), text), factor


def _mask(column: pa.ChunkedArray) -> Mask:
    mask: Mask = pc.fill_null(column, fill_value=False).to_numpy()
    return mask
