"""Monthly bill, line by line, from measurements and prices."""

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
QUOTED = 2  # assets whose price is requested each minute
MINUTES_A_DAY = 1440
COLD_STARTS_A_DAY = 8
ALERT_CONDITIONS = 6
LOGGED = 600  # bytes of log per request: one line of Cloud Run and one of the job
GRAIN = 0.1  # seconds; request times are rounded up to a multiple of this


@dataclass(frozen=True)
class Line:
    """Quantity of one billed item, in the item's unit, with a description of its parts."""

    item: str
    quantity: float
    of: str

    @property
    def charged(self) -> float:
        """Quantity beyond the free tier."""
        return max(self.quantity - float(prices()[self.item]["free"]), 0.0)

    @property
    def usd(self) -> float:
        """Cost per month in US dollars."""
        return self.charged * float(prices()[self.item]["price"])


def bill(measured: Measured, load: Workload) -> list[Line]:
    """Lines of a month's bill."""
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
            "run_gib_second",
            sum(MEMORY[name] * spent for name, spent in time.items()),
            "same, weighted by memory",
        ),
        Line("run_requests_million", requests / MILLION, "calls of jobs and pages"),
        Line(
            "egress_gib",
            (sent + first) / GIB,
            f"responses {sent / GIB:.1f} GiB, scripts {first / GIB:.1f} GiB",
        ),
        Line("scheduler_job", len(schedules), ", ".join(schedules)),
        Line("storage_gib", 1.0, "model files and package versions"),
        Line("registry_gib", ASSUMED.image_gib, "last three images of each service"),
        Line("logging_gib", requests * LOGGED / GIB, "one or two lines per request"),
        Line("alert_condition", ALERT_CONDITIONS, "alert policies"),
        Line("secret_version", 3, "provider keys"),
    ]


def job_bytes(measured: Measured, load: Workload) -> float:
    """Bytes that BigQuery bills for the jobs."""
    hour = sum(sum(run.count.billed.values()) for run in [*measured.ingests, measured.predict])
    return hour * load.hours


def page_bytes(measured: Measured, load: Workload) -> float:
    """Bytes that BigQuery bills for the pages."""
    return _page_sum(measured, load, lambda billed: billed)


def page_statements(measured: Measured, load: Workload) -> float:
    """Number of statements run for the pages."""
    return _page_sum(measured, load, lambda billed: dict.fromkeys(billed, 1))


def _page_sum(
    measured: Measured, load: Workload, weigh: Callable[[Mapping[str, int]], Mapping[str, int]]
) -> float:
    """Monthly sum of the statements' weights, with views spread evenly over the day, the most expensive case.

    Streamed tables are queried in every minute, or five minutes, with a view; other tables once after each change, by
    one page after the other; and all of them by each new instance.
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
            _viewed_spans(load, 1) * load.hours / 24 * quotes,
            _viewed_spans(load, 5) * load.hours / 24 * (weight(measured.five) - quotes),
            load.hours * changes,
            COLD_STARTS_A_DAY * load.hours / 24 * weight(measured.fresh),
        )
    )


def _viewed_spans(load: Workload, minutes: int) -> float:
    """Expected number of spans of `minutes` per day with a view, for many independent views."""
    spans = MINUTES_A_DAY / minutes
    touched = _by_share({page: 1 + _open(visit) / minutes for page, visit in VISITS.items()})
    return spans * (1 - math.exp(-load.page_views_a_day * touched / spans))


def _open(visit: Visit) -> float:
    """Minutes during which a page polls."""
    return ASSUMED.open_minutes if visit.polled else 0.0


def seconds(measured: Measured, load: Workload) -> Mapping[str, float]:
    """Seconds that each service spends on requests; pages wait for statements whose result is not cached."""
    quoting = QUOTED * ASSUMED.provider_seconds
    ingests = sum(_rounded(_elapsed(run) + quoting) for run in measured.ingests)
    views = _by_share(
        {page: _rounded(_time_without_queries(spent)) for page, spent in measured.minute.items()}
    )
    again = _by_share(
        {
            page: polls(VISITS[page]) * _rounded(_time_without_queries(spent))
            for page, spent in measured.polls.items()
        }
    )
    return {
        "ingest": ingests * load.hours,
        "predict": _rounded(_elapsed(measured.predict)) * load.hours,
        "web": (views / ASSUMED.at_once + again) * load.page_views
        + page_statements(measured, load) * ASSUMED.query_seconds,
    }


def polls(visit: Visit) -> float:
    """Number of polls during one view of a page."""
    return _open(visit) * 60 / visit.every_seconds if visit.polled else 0.0


def _time_without_queries(spent: Spent) -> float:
    """Processing time without any statement."""
    return spent.seconds + ASSUMED.version_token_seconds * spent.count.calls["version_token"]


def _elapsed(spent: Spent) -> float:
    """Processing time here plus the response times of Google's services."""
    waits = {
        "append": ASSUMED.append_seconds,
        "version_token": ASSUMED.version_token_seconds,
        "merge": ASSUMED.merge_seconds,
        "query": ASSUMED.query_seconds,
    }
    return spent.seconds + sum(waits[kind] * calls for kind, calls in spent.count.calls.items())


def _rounded(time: float) -> float:
    """Billed time: rounded up, which adds half a step on average."""
    return time + GRAIN / 2


def _by_share(figures: Mapping[str, float]) -> float:
    """Average figure of a page view, weighted by the pages' shares."""
    return sum(VISITS[page].share * figure for page, figure in figures.items())


# Cost of the same workload on continuously running servers.
BEFORE = (
    Line("gke_cluster_hour", 730, "the cluster"),
    Line("gke_node_hour", 2 * 730, "two nodes for pages, MLflow and ingestion"),
    Line("sql_instance_hour", 730, "the database"),
    Line("composer_hour", 730, "the hourly and the minute DAG"),
    Line("balancer_hour", 730, "address of the pages"),
    Line("storage_gib", 30, "disks (approximate)"),
)
