"""The bill as a page: docs/cost.md."""

from collections.abc import Iterable
from pathlib import Path

from ppa.reports.cloud_prices import prices
from tools.cost.bill import BEFORE, COLD_STARTS_A_DAY, Line
from tools.cost.workload import Assumed, Workload

PAGE = Path(__file__).parents[2] / "docs" / "cost.md"
MAX_USD = 5.0


def cost_page(lines: list[Line], load: Workload, assumed: Assumed) -> str:
    """The whole page, in Markdown."""
    total, before = sum(line.usd for line in lines), sum(line.usd for line in BEFORE)
    return "\n".join(
        (
            "# What a month costs",
            "`make cost` writes this page: it runs an hour of the jobs and every page on synthetic data, counts",
            "statements, bytes, requests and processor seconds, puts them to the workload, and prices them by",
            "`shared/ppa/reports/cloud_prices.json`, "
            f"list prices of {prices()['as_of']} in USD for a region of the first tier. It is a",
            "calculation, not a bill: look prices up for your region; free tiers are shared by a billing account.",
            "",
            f"**The workload**: ingestion every minute, {load.models} active models, {load.page_views_a_day:,} page",
            f"views a day, history since 2017 ({load.history_hours:,.0f} hours), a year of answers.",
            "",
            f"**{total:.2f} USD a month**, where the design before this one, on Kubernetes, Cloud SQL and Composer,",
            f"took **{before:,.0f} USD**.",
            "",
            *_table(lines),
            f"| **total** | | | | **{total:.2f}** | |",
            "",
            "## Measured, and assumed",
            "Measured: which statements each job and page runs and on which columns and partitions, the width of",
            "rows, rows streamed, requests, bytes of answers, processor seconds. Where there was a choice it is the",
            "dear one: views are spread over the day so that as many minutes as can be have one, all pages are open",
            f"whenever something changes, and the web service starts anew {COLD_STARTS_A_DAY} times a day. What only",
            "Google's side shows is assumed, in `tools/cost/workload.py`:",
            "",
            "| what | taken as |",
            "|---|---|",
            f"| a query; a MERGE with its staging table | {assumed.query_seconds:g} s; {assumed.merge_seconds:g} s |",
            f"| streaming rows; a table's state | {assumed.append_seconds:g} s;"
            f" {assumed.version_token_seconds:g} s |",
            f"| a provider's answer | {assumed.provider_seconds:g} s |",
            f"| images in the registry | {assumed.image_gib:g} GiB |",
            f"| visits that need the scripts | {assumed.first_visits:.0%} |",
            f"| requests of a page view that share an instance's second | {assumed.at_once:g} |",
            f"| how long a page that asks again and again is looked at | {assumed.open_minutes:g} min |",
            "",
            "## Before: Kubernetes, Cloud SQL and Composer",
            *_table(BEFORE),
            f"| **total** | | | | **{before:.2f}** | |",
            "",
            "None of it sleeps at night, and none of it has a free tier that matters.",
            "",
            "## What is not in it",
            "The optional modules: MLflow's Postgres (`db-f1-micro`, about 9 USD a month with disk and backups), and",
            "Grafana, which costs seconds while somebody looks. Nor taxes, support, or a second environment.",
            "",
        )
    )


def _table(lines: Iterable[Line]) -> Iterable[str]:
    yield "| what | amount | free | beyond it | USD | of |"
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
