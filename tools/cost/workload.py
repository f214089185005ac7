"""The workload that the bill is of, and what cannot be measured on a laptop."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Workload:
    """A month of the platform."""

    hours: float = 730.0
    ingests_an_hour: int = 60
    models: int = 10
    page_views_a_day: int = 2_000
    history_hours: float = 10 * 8_766.0  # since 2017
    predicted_hours: float = 8_766.0  # a year of answers

    @property
    def page_views(self) -> float:
        """Of a month."""
        return self.page_views_a_day * self.hours / 24


@dataclass(frozen=True)
class Assumed:
    """What only Google's side shows: how long it lets one wait, and how large an image becomes.

    Seconds are what the documentation and common experience lead to expect, taken high rather than low.
    """

    query_seconds: float = 1.0
    merge_seconds: float = 6.0  # make, load, merge and drop a staging table
    append_seconds: float = 0.2
    version_token_seconds: float = 0.1
    provider_seconds: float = 0.5
    image_gib: float = 4.0  # the last three of each function and of the web service, layers shared
    first_visits: float = 0.05  # of all page views: those that have no script or style in their cache yet
    at_once: float = 2.0  # requests of one page view that share an instance's second
    open_minutes: float = 2.0  # that a page which asks again and again is looked at


WORKLOAD, ASSUMED = Workload(), Assumed()
