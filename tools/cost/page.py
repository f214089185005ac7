"""Write the bill as docs/cost.md."""

from collections.abc import Iterable
from pathlib import Path

from ppa.reports.cloud_prices import prices
from tools.cost.bill import BEFORE, COLD_STARTS_A_DAY, Line
from tools.cost.workload import Assumed, Workload

PAGE = Path(__file__).parents[2] / "docs" / "cost.md"
MAX_USD = 5.0


def cost_page(lines: list[Line], load: Workload, assumed: Assumed) -> str:
    """Content of the page, in Markdown."""
    total, before = sum(line.usd for line in lines), sum(line.usd for line in BEFORE)
    return "\n".join(
        (
            "# Monthly cost",
            "`make cost` writes this page. It runs an hour of the jobs and every page on synthetic data, counts",
            "statements, bytes, requests and processor seconds, scales them to the workload, and prices them by",
            "`shared/ppa/reports/cloud_prices.json`, "
            f"list prices of {prices()['as_of']} in USD for a region of the first tier. It is a",
            "calculation, not a bill: check the prices of your region; free tiers are shared by a billing account.",
            "",
            f"**The workload**: ingestion every minute, {load.models} active models, {load.page_views_a_day:,} page",
            f"views a day, history since 2017 ({load.history_hours:,.0f} hours), one year of predictions.",
            "",
            f"**{total:.2f} USD a month**; the same workload on Kubernetes, Cloud SQL and Composer",
            f"costs **{before:,.0f} USD**.",
            "",
            *_table(lines),
            f"| **total** | | | | **{total:.2f}** | |",
            "",
            "## Measurements and assumptions",
            "Measured: which statements each job and page runs and on which columns and partitions, the width of",
            "rows, rows streamed, requests, bytes of responses, and processor seconds. If there is a choice, the most",
            "expensive case is used: views are spread over as many minutes of the day as possible, all pages are open",
            f"whenever data changes, and the web service restarts {COLD_STARTS_A_DAY} times a day. Values that only",
            "Google could measure is assumed, in `tools/cost/workload.py`:",
            "",
            "| item | assumption |",
            "|---|---|",
            f"| query; MERGE with its staging table | {assumed.query_seconds:g} s; {assumed.merge_seconds:g} s |",
            f"| streaming insert; table metadata | {assumed.append_seconds:g} s;"
            f" {assumed.version_token_seconds:g} s |",
            f"| response of a provider | {assumed.provider_seconds:g} s |",
            f"| images in the registry | {assumed.image_gib:g} GiB |",
            f"| visits without cached scripts | {assumed.first_visits:.0%} |",
            f"| concurrent requests of a page view per instance | {assumed.at_once:g} |",
            f"| time that a polling page is open | {assumed.open_minutes:g} min |",
            "",
            "## Comparison: Kubernetes, Cloud SQL and Composer",
            *_table(BEFORE),
            f"| **total** | | | | **{before:.2f}** | |",
            "",
            "These servers run all day, and their free tiers are negligible.",
            "",
            "## Not included",
            "The optional modules: MLflow's Postgres (`db-f1-micro`, about 9 USD a month with disk and backups), and",
            "Grafana, which is billed only while it is in use. Also taxes, support, and further environments.",
            "",
        )
    )


def _table(lines: Iterable[Line]) -> Iterable[str]:
    yield "| item | amount | free | billed | USD | parts |"
    yield "|---|---|---|---|---|---|"
    for line in lines:
        price = prices()[line.item]
        beyond = f"{_figure(line.charged)}" if line.charged else "within the free tier"
        yield (
            f"| {price['what']} | {_figure(line.quantity)} | {_figure(float(price['free']))} | {beyond} "
            f"| {line.usd:.2f} | {line.of} |"
        )


def _figure(number: float) -> str:
    return f"{number:,.0f}" if number >= 100 or number == int(number) else f"{number:.2f}"
