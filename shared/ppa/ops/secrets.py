"""Secrets among the settings, and their redaction from text and JSON."""

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from numbers import Integral, Real
from urllib.parse import parse_qsl, quote, quote_plus

from ppa.ops.addresses import split_address
from ppa.ops.settings import Settings

REDACTED = "[redacted]"
# a shorter path of a webhook address cannot contain a secret
MIN_SECRET_PATH_LENGTH = 12

Json = str | int | float | bool | None | list["Json"] | dict[str, "Json"]


class Redactor:
    """Replaces secrets, plain or URL-encoded, by `REDACTED`."""

    def __init__(self, secrets: Iterable[str]) -> None:
        forms = {form for s in secrets if s for form in (s, quote(s, safe=""), quote_plus(s))}
        longest_first = sorted(forms, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, longest_first)) or r"(?!)")

    def text(self, text: str) -> str:
        """Redact text."""
        return self._pattern.sub(REDACTED, text)

    def json(self, value: object) -> Json:
        """Convert any value to redacted JSON; types unknown to JSON become text."""
        match value:
            case None | bool():
                return value
            case Integral():
                return int(value)
            case Real() if math.isfinite(value):
                return float(value)
            case Mapping():
                return {self.text(str(key)): self.json(item) for key, item in value.items()}
            case list() | tuple():
                return [self.json(item) for item in value]
        return self.text(str(value))


def redactor(settings: Settings) -> Redactor:
    """Return a redactor of all secrets among the settings."""
    return Redactor(secrets_of(settings))


def secrets_of(settings: Settings) -> Iterator[str]:
    """Yield keys and tokens, and the secrets in addresses: passwords, query values and the webhook's path."""
    yield from settings.keys.values()
    yield from (settings.mlflow_token, settings.alert_secret, settings.alert_url)
    yield from (settings.mlflow_login or ("", ""))[1:]
    for address in (*settings.base_urls.values(), settings.alert_url):
        yield from _in_address(address)
    path = split_address(settings.alert_url).path
    if len(path) >= MIN_SECRET_PATH_LENGTH:
        yield path


def _in_address(address: str) -> Iterator[str]:
    parts = split_address(address)
    yield parts.password or ""
    yield from (value for _, value in parse_qsl(parts.query))
