"""Parsing of addresses (URLs) from settings and requests, without exceptions.

`urlsplit` raises ValueError for some inputs, such as `http://[`, and drops tabs and line breaks from others.
"""

import re
from urllib.parse import SplitResult, urlsplit

UNREADABLE = SplitResult("", "", "", "", "")
_BLANK = re.compile(r"[\x00-\x20\x7f]")


def split_address(address: str) -> SplitResult:
    """Split an address into its parts; all are empty if it is malformed."""
    if _BLANK.search(address):
        return UNREADABLE
    try:
        return urlsplit(address)
    except ValueError:
        return UNREADABLE


def split_web_address(address: str) -> SplitResult:
    """Split an http or https address with a host into its parts; all are empty for any other address."""
    parts = split_address(address)
    try:
        _ = parts.port
    except ValueError:
        return UNREADABLE
    return parts if parts.scheme in ("http", "https") and parts.hostname else UNREADABLE
