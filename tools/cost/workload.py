"""Workload that the bill is computed for, and assumptions that cannot be measured locally."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Workload:
    """Workload of a month."""

    hours: float = 730.0
    ingests_an_hour: int = 60
    models: int = 10
    page_views_a_day: int = 2_000
    history_hours: float = 10 * 8_766.0  # since 2017
    predicted_hours: float = 8_766.0  # one year

    @property
    def page_views(self) -> float:
        """Page views per month."""
        return self.page_views_a_day * self.hours / 24


@dataclass(frozen=True)
class Assumed:
    """Assumed response times and sizes of Google's services.

    Times follow the documentation and common experience, and are conservative.
    """

    query_seconds: float = 1.0
    merge_seconds: float = 6.0  # create, load, merge and drop a staging table
    append_seconds: float = 0.2
    version_token_seconds: float = 0.1
    provider_seconds: float = 0.5
    image_gib: float = 4.0  # the last three of each function and of the web service, layers shared
    first_visits: float = 0.05  # share of page views without cached scripts and styles
    at_once: float = 2.0  # requests of one page view processed concurrently by an instance
    open_minutes: float = 2.0  # time that a polling page is open


WORKLOAD, ASSUMED = Workload(), Assumed()
