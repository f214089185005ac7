"""Addresses (URLs) from settings and requests, read without an exception.

`urlsplit` raises ValueError for some texts, such as `http://[`, and drops tabs and line ends from others.
"""

import re
from urllib.parse import SplitResult, urlsplit

UNREADABLE = SplitResult("", "", "", "", "")
_BLANK = re.compile(r"[\x00-\x20\x7f]")


def split_address(address: str) -> SplitResult:
    """The parts of an address; all of them empty where it cannot be read."""
    if _BLANK.search(address):
        return UNREADABLE
    try:
        return urlsplit(address)
    except ValueError:
        return UNREADABLE


def split_web_address(address: str) -> SplitResult:
    """The parts of an http or https address with a host; all of them empty where it is none."""
    parts = split_address(address)
    try:
        _ = parts.port
    except ValueError:
        return UNREADABLE
    return parts if parts.scheme in ("http", "https") and parts.hostname else UNREADABLE
