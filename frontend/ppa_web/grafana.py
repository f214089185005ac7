"""Grafana beside our own pictures: where it is, whether it may stand in our page, and if not, why not."""

from dataclasses import dataclass
from functools import cache

import requests
from publicsuffixlist import PublicSuffixList

from ppa.ops.addresses import split_address
from ppa.platform import Platform

SECONDS = 3.0
HOME, CLOUD = "/d/ppa-home", "/d/ppa-cloud"


@dataclass(frozen=True)
class Embedding:
    """`state` is off, shown, other_site, silent or refused; `words` say what it means, `url` is the dashboard's."""

    state: str
    url: str | None
    words: str


def dashboard_url(platform: Platform) -> str | None:
    """The dashboard without Grafana's menus: the one that the setting names, else ours."""
    address = platform.settings.grafana_url
    if not address:
        return None
    ours = CLOUD if platform.settings.warehouse.startswith("bigquery:") else HOME
    path = "" if split_address(address).path.strip("/") else ours
    return f"{address.rstrip('/')}{path}?kiosk"


def frame_source(platform: Platform, host: str) -> str | None:
    """The one origin that the page may frame; None where there is none, or where it is of another site."""
    address = platform.settings.grafana_url
    parts = split_address(address)
    return f"{parts.scheme}://{parts.netloc}" if address and same_site(parts.hostname or "", host) else None


def embedding(platform: Platform, origin: str) -> Embedding:
    """What to show to a page of `origin`; Grafana is asked at most once a minute."""
    url, minute = dashboard_url(platform), platform.now().floor("min")
    if url is None:
        return Embedding("off", None, "No Grafana is configured: PPA_GRAFANA_URL names one.")
    if frame_source(platform, split_address(origin).hostname or "") is None:
        words = (
            "Grafana is of another site than this page, so browsers keep its session from it in a frame. "
            "Give both a name below one domain; every run.app address is a site of its own."
        )
        return Embedding("other_site", url, words)
    return platform.cache.get(("grafana", origin), lambda: _asked(url, origin), minute)


def same_site(one: str, other: str) -> bool:
    """Whether browsers take two hosts for one site: https://developer.mozilla.org/en-US/docs/Glossary/Site."""
    if one == other:
        return True
    site = _suffixes().privatesuffix(one)
    return site is not None and site == _suffixes().privatesuffix(other)


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()


def _asked(url: str, origin: str) -> Embedding:
    try:
        with requests.Session() as session:
            session.trust_env = False
            answer = session.get(url, timeout=SECONDS, allow_redirects=False)
    except requests.RequestException:
        return Embedding("silent", url, "Grafana does not answer.")
    if answer.status_code >= 500 or answer.status_code == 404:
        return Embedding("silent", url, f"Grafana answers {answer.status_code} for this dashboard.")
    if _refuses(
        answer.headers.get("X-Frame-Options", ""), answer.headers.get("Content-Security-Policy"), origin
    ):
        words = "Grafana refuses to be framed: set GF_SECURITY_ALLOW_EMBEDDING=true there."
        return Embedding("refused", url, words)
    return Embedding("shown", url, "")


def _refuses(options: str, policy: str | None, origin: str) -> bool:
    """By `frame-ancestors` where there is one, which browsers heed before X-Frame-Options."""
    directives = [part.split() for part in (policy or "").split(";") if part.strip()]
    for name, *sources in directives:
        if name.lower() == "frame-ancestors":
            return not {origin, "*", f"{split_address(origin).scheme}:"} & set(sources)
    return options.strip().lower() in ("deny", "sameorigin")
