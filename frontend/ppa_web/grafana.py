"""Embedding of Grafana: its address, and whether it can be shown in a frame."""

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
    """State of the embedding (off, shown, other_site, silent or refused), with its explanation and address."""

    state: str
    url: str | None
    words: str


def dashboard_url(platform: Platform) -> str | None:
    """Address of the dashboard without Grafana's menus: from the settings, else the one supplied with the app."""
    address = platform.settings.grafana_url
    if not address:
        return None
    ours = CLOUD if platform.settings.warehouse.startswith("bigquery:") else HOME
    path = "" if split_address(address).path.strip("/") else ours
    return f"{address.rstrip('/')}{path}?kiosk"


def frame_source(platform: Platform, host: str) -> str | None:
    """Origin that the page may frame; None without one, or if it belongs to another site."""
    address = platform.settings.grafana_url
    parts = split_address(address)
    return f"{parts.scheme}://{parts.netloc}" if address and same_site(parts.hostname or "", host) else None


def embedding(platform: Platform, origin: str) -> Embedding:
    """Embedding for a page of `origin`; Grafana is queried at most once a minute."""
    url, minute = dashboard_url(platform), platform.now().floor("min")
    if url is None:
        return Embedding("off", None, "No Grafana is configured; set PPA_GRAFANA_URL.")
    if frame_source(platform, split_address(origin).hostname or "") is None:
        words = (
            "Grafana belongs to another site than this page, so browsers block its session in a frame. "
            "Serve both from names below one domain; each run.app address is a site of its own."
        )
        return Embedding("other_site", url, words)
    return platform.cache.get(("grafana", origin), lambda: _probe(url, origin), minute)


def same_site(one: str, other: str) -> bool:
    """True if browsers treat two hosts as one site: https://developer.mozilla.org/en-US/docs/Glossary/Site."""
    if one == other:
        return True
    site = _suffixes().privatesuffix(one)
    return site is not None and site == _suffixes().privatesuffix(other)


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()


def _probe(url: str, origin: str) -> Embedding:
    try:
        with requests.Session() as session:
            session.trust_env = False
            response = session.get(url, timeout=SECONDS, allow_redirects=False)
    except requests.RequestException:
        return Embedding("silent", url, "Grafana does not respond.")
    if response.status_code >= 500 or response.status_code == 404:
        return Embedding("silent", url, f"Grafana returned status {response.status_code} for this dashboard.")
    if _refuses(
        response.headers.get("X-Frame-Options", ""), response.headers.get("Content-Security-Policy"), origin
    ):
        words = "Grafana cannot be embedded; set GF_SECURITY_ALLOW_EMBEDDING=true in its environment."
        return Embedding("refused", url, words)
    return Embedding("shown", url, "")


def _refuses(options: str, policy: str | None, origin: str) -> bool:
    """Evaluate `frame-ancestors`, or X-Frame-Options without it, as browsers do."""
    directives = [part.split() for part in (policy or "").split(";") if part.strip()]
    for name, *sources in directives:
        if name.lower() == "frame-ancestors":
            return not {origin, "*", f"{split_address(origin).scheme}:"} & set(sources)
    return options.strip().lower() in ("deny", "sameorigin")
