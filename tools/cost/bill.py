"""A month's bill, line by line, from what was measured and what it is priced at."""

import math
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ppa.outside.scheduling.schedules import load_schedules
from ppa.reports.cloud_prices import prices
from ppa.storage.warehouse.cached_warehouse import TABLE
from ppa.storage.warehouse.statements import load_statement
from tools.cost.measuring import Measured, Spent
from tools.cost.visits import VISITS, Visit
from tools.cost.workload import ASSUMED, Workload

GIB, TIB, MILLION = 1 << 30, 1 << 40, 1_000_000
# GiB of memory for one processor: the default sizes in terraform/locals.tf and variables.tf.
MEMORY = {"ingest": 1.0, "predict": 2.0, "web": 1.0}
QUOTED = 2  # assets whose price is asked for each minute
MINUTES_A_DAY = 1440
COLD_STARTS_A_DAY = 8
ALERT_CONDITIONS = 6
LOGGED = 600  # bytes a request: Cloud Run's own line, and a job's
GRAIN = 0.1  # seconds that a request's time is rounded up to


@dataclass(frozen=True)
class Line:
    """A quantity of one thing that is charged for, in that thing's own unit, and what makes it up."""

    item: str
    quantity: float
    of: str

    @property
    def charged(self) -> float:
        """What the free tier does not cover."""
        return max(self.quantity - float(prices()[self.item]["free"]), 0.0)

    @property
    def usd(self) -> float:
        """What it costs in a month."""
        return self.charged * float(prices()[self.item]["price"])


def bill(measured: Measured, load: Workload) -> list[Line]:
    """The lines of a month."""
    jobs, pages = job_bytes(measured, load), page_bytes(measured, load)
    time = seconds(measured, load)
    runs = [*measured.ingests, measured.predict]
    streamed = sum(run.count.streamed for run in runs) * load.hours
    asked = {page: 1 + len(visit.asked) + polls(visit) for page, visit in VISITS.items()}
    requests = load.hours * len(runs) + load.page_views * _by_share(asked)
    sent = load.page_views * (
        _by_share({page: spent.sent for page, spent in measured.minute.items()})
        + _by_share({page: polls(VISITS[page]) * spent.sent for page, spent in measured.polls.items()})
    )
    first = load.page_views * ASSUMED.first_visits * measured.assets_bytes
    schedules = load_schedules()
    worked = ", ".join(f"{name} {spent:,.0f}" for name, spent in time.items())
    return [
        Line(
            "bigquery_query_tib",
            (jobs + pages) / TIB,
            f"jobs {jobs / GIB:,.0f} GiB, pages {pages / GIB:,.0f} GiB",
        ),
        Line("bigquery_storage_gib", measured.stored_bytes / GIB, "all tables, ten years of hours"),
        Line("bigquery_streaming_gib", streamed / GIB, "quotes and job runs"),
        Line("run_vcpu_second", sum(time.values()), worked),
        Line(
            "run_gib_second", sum(MEMORY[name] * spent for name, spent in time.items()), "the same, by memory"
        ),
        Line("run_requests_million", requests / MILLION, "calls of the jobs, and of the pages"),
        Line(
            "egress_gib", (sent + first) / GIB, f"answers {sent / GIB:.1f} GiB, scripts {first / GIB:.1f} GiB"
        ),
        Line("scheduler_job", len(schedules), ", ".join(schedules)),
        Line("storage_gib", 1.0, "model files, and packages in versions"),
        Line("registry_gib", ASSUMED.image_gib, "images, the last three of each"),
        Line("logging_gib", requests * LOGGED / GIB, "a line or two a request"),
        Line("alert_condition", ALERT_CONDITIONS, "alert policies"),
        Line("secret_version", 3, "keys of providers"),
    ]


def job_bytes(measured: Measured, load: Workload) -> float:
    """Bytes that BigQuery bills the jobs."""
    hour = sum(sum(run.count.billed.values()) for run in [*measured.ingests, measured.predict])
    return hour * load.hours


def page_bytes(measured: Measured, load: Workload) -> float:
    """Bytes that BigQuery bills the pages."""
    return _of_pages(measured, load, lambda billed: billed)


def page_statements(measured: Measured, load: Workload) -> float:
    """Statements that are run for the pages."""
    return _of_pages(measured, load, lambda billed: dict.fromkeys(billed, 1))


def _of_pages(
    measured: Measured, load: Workload, weigh: Callable[[Mapping[str, int]], Mapping[str, int]]
) -> float:
    """The month's sum of what statements weigh, with views spread evenly over the day, which is the dearest way.

    What is streamed is asked for in every minute, or five, in which somebody looks; the rest once for each change
    of its tables, by one page after the other; and everything by each new instance.
    """

    def weight(visits: Mapping[str, Spent]) -> float:
        return float(sum(sum(weigh(spent.count.billed).values()) for spent in visits.values()))

    quotes = weight(measured.minute)
    merges = Counter(
        table for run in [*measured.ingests, measured.predict] for table in run.count.merges.elements()
    )
    changes = sum(
        weighs * max([merges[table] for table in TABLE.findall(load_statement(name))] + [1])
        for spent in measured.changed.values()
        for name, weighs in weigh(spent.count.billed).items()
    )
    return sum(
        (
            _looked_at(load, 1) * load.hours / 24 * quotes,
            _looked_at(load, 5) * load.hours / 24 * (weight(measured.five) - quotes),
            load.hours * changes,
            COLD_STARTS_A_DAY * load.hours / 24 * weight(measured.fresh),
        )
    )


def _looked_at(load: Workload, minutes: int) -> float:
    """In how many spans of so many minutes a day somebody looks: by chance, the views being many and free."""
    spans = MINUTES_A_DAY / minutes
    touched = _by_share({page: 1 + _open(visit) / minutes for page, visit in VISITS.items()})
    return spans * (1 - math.exp(-load.page_views_a_day * touched / spans))


def _open(visit: Visit) -> float:
    """Minutes during which a page asks again."""
    return ASSUMED.open_minutes if visit.polled else 0.0


def seconds(measured: Measured, load: Workload) -> Mapping[str, float]:
    """Seconds that each service answers requests; the pages wait for statements that no other view has asked for."""
    quoting = QUOTED * ASSUMED.provider_seconds
    ingests = sum(_rounded(_taken(run) + quoting) for run in measured.ingests)
    views = _by_share({page: _rounded(_unasked(spent)) for page, spent in measured.minute.items()})
    again = _by_share(
        {page: polls(VISITS[page]) * _rounded(_unasked(spent)) for page, spent in measured.polls.items()}
    )
    return {
        "ingest": ingests * load.hours,
        "predict": _rounded(_taken(measured.predict)) * load.hours,
        "web": (views / ASSUMED.at_once + again) * load.page_views
        + page_statements(measured, load) * ASSUMED.query_seconds,
    }


def polls(visit: Visit) -> float:
    """How often a page asks again while it is looked at."""
    return _open(visit) * 60 / visit.every_seconds if visit.polled else 0.0


def _unasked(spent: Spent) -> float:
    """The time that it takes where no statement is run."""
    return spent.seconds + ASSUMED.version_token_seconds * spent.count.calls["version_token"]


def _taken(spent: Spent) -> float:
    """The processor's time here, and the time that Google's answers take."""
    waits = {
        "append": ASSUMED.append_seconds,
        "version_token": ASSUMED.version_token_seconds,
        "merge": ASSUMED.merge_seconds,
        "query": ASSUMED.query_seconds,
    }
    return spent.seconds + sum(waits[kind] * calls for kind, calls in spent.count.calls.items())


def _rounded(time: float) -> float:
    """As it is charged: rounded up, which on average adds half a grain."""
    return time + GRAIN / 2


def _by_share(figures: Mapping[str, float]) -> float:
    """A page view's figure, from that of each page."""
    return sum(VISITS[page].share * figure for page, figure in figures.items())


# The same workload as the design that this one replaced ran it: servers that are there all day.
BEFORE = (
    Line("gke_cluster_hour", 730, "the cluster"),
    Line("gke_node_hour", 2 * 730, "two nodes for pages, MLflow and ingestion"),
    Line("sql_instance_hour", 730, "the database"),
    Line("composer_hour", 730, "the hourly and the minute DAG"),
    Line("balancer_hour", 730, "the pages' address"),
    Line("storage_gib", 30, "disks, about"),
)
