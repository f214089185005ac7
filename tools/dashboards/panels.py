"""Dashboard panels in a common style, for the three data sources."""

from collections.abc import Sequence
from typing import Any

from grafana_foundation_sdk.builders import (
    bigquery,
    googlecloudmonitoring,
    prometheus,
    stat,
    table,
    timeseries,
)
from grafana_foundation_sdk.builders.common import ReduceDataOptions
from grafana_foundation_sdk.builders.dashboard import Dashboard, Row
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.models.bigquery import EditorMode, QueryFormat
from grafana_foundation_sdk.models.common import BigValueColorMode
from grafana_foundation_sdk.models.dashboard import DataSourceRef
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

# `uid` as provisioned by terraform/modules/grafana; the local dashboard selects Prometheus by a variable
MONITORING = DataSourceRef("stackdriver", "monitoring")
BIGQUERY = DataSourceRef("grafana-bigquery-datasource", "bigquery")
PROMETHEUS = DataSourceRef("prometheus", "${prometheus}")

WIDTH = 24
HALF, HEIGHT = WIDTH // 2, 8


def add_panels(board: Dashboard, *parts: Any) -> Dashboard:
    """Add rows and panels to the dashboard in this order, with consecutive ids."""
    for number, part in enumerate(parts, start=1):
        numbered = part.id(number)
        board = board.with_row(numbered) if isinstance(part, Row) else board.with_panel(numbered)
    return board


def prometheus_series(
    title: str, unit: str, expression: str, legend: str, description: str = ""
) -> timeseries.Panel:
    """Time series panel of a PromQL expression."""
    return (
        _lines(title, unit, description).datasource(PROMETHEUS).with_target(_prometheus(expression, legend))
    )


def prometheus_stat(
    title: str, unit: str, expression: str, description: str = "", span: int = 4
) -> stat.Panel:
    """Panel with the current value of a PromQL expression."""
    panel = stat.Panel().title(title).description(description).unit(unit).span(span).height(4)
    panel = panel.color_mode(BigValueColorMode.NONE).datasource(PROMETHEUS)
    panel = panel.reduce_options(ReduceDataOptions().calcs(["lastNotNull"]))
    return panel.with_target(_prometheus(expression, title).instant())


def prometheus_table(title: str, expression: str, description: str = "") -> table.Panel:
    """Table panel with the series of a PromQL expression as rows."""
    query = _prometheus(expression, "").instant().format(PromQueryFormat.TABLE)
    return (
        table.Panel()
        .title(title)
        .description(description)
        .span(HALF)
        .height(HEIGHT)
        .datasource(PROMETHEUS)
        .with_target(query)
    )


def monitoring_series(
    title: str, unit: str, filters: Sequence[str], aligner: str, reducer: str, group: Sequence[str]
) -> timeseries.Panel:
    """Time series panel of a Cloud Monitoring metric, with one line per group."""
    series = (
        googlecloudmonitoring.TimeSeriesList()
        .project_name("")
        .filters(list(filters))
        .per_series_aligner(aligner)
        .alignment_period("cloud-monitoring-auto")
        .cross_series_reducer(reducer)
        .group_bys(list(group))
    )
    query = (
        googlecloudmonitoring.CloudMonitoringQuery()
        .query_type("timeSeriesList")
        .time_series_list(series)
        .ref_id("A")
    )
    return _lines(title, unit, "").datasource(MONITORING).with_target(query)


def bigquery_series(title: str, unit: str, sql: str, description: str = "") -> timeseries.Panel:
    """Time series panel of a BigQuery statement, with one line per column other than `time`."""
    return (
        _lines(title, unit, description)
        .datasource(BIGQUERY)
        .with_target(_bigquery(sql, QueryFormat.TIMESERIES))
    )


def bigquery_table(title: str, sql: str, description: str = "") -> table.Panel:
    """Table panel with the rows of a BigQuery statement."""
    panel = table.Panel().title(title).description(description).span(HALF).height(HEIGHT)
    return panel.datasource(BIGQUERY).with_target(_bigquery(sql, QueryFormat.TABLE))


def _lines(title: str, unit: str, description: str) -> timeseries.Panel:
    panel = timeseries.Panel().title(title).description(description).unit(unit).span(HALF).height(HEIGHT)
    return panel.min(0).fill_opacity(8).line_width(1)


def _prometheus(expression: str, legend: str) -> prometheus.Dataquery:
    return prometheus.Dataquery().expr(expression).legend_format(legend).ref_id("A")


def _bigquery(sql: str, form: QueryFormat) -> Builder:  # type: ignore[type-arg]
    query = bigquery.Dataquery().raw_query(True).raw_sql(sql).format(form)
    return query.editor_mode(EditorMode.CODE).ref_id("A")
