"""Observations of series, live prices, and rows of features."""

from typing import Annotated, ClassVar, Literal

from msgspec import Meta

from ppa.core.contracts.record import Time
from ppa.core.contracts.stored import Layout, Stored

CallKind = Literal["call", "blocked"]


class Observation(Stored, frozen=True, kw_only=True):
    """One value of one series for one period, with the time from which it is known."""

    layout: ClassVar = Layout(
        "observations",
        key=("series", "event_time", "known_at", "batch"),
        partition=("event_time", "MONTH"),
        cluster=("series",),
    )

    series: Annotated[str, Meta(description="Name of the series in the catalogue")]
    event_time: Annotated[Time, Meta(description="Start of the period of the value")]
    known_at: Annotated[Time, Meta(description="Time from which the value is known")]
    value: Annotated[float, Meta(description="The value, in the catalogue's unit")]
    source: Annotated[str, Meta(description="Provider that served it")]
    basis: Annotated[
        Literal["vintage", "lag", "arrival", "revision"],
        Meta(description="Source of known_at: vintage, lag, arrival or revision"),
    ]
    ingested_at: Annotated[Time, Meta(description="When the platform stored it")]
    batch: Annotated[str | None, Meta(description="Import batch; null if a provider delivered it")] = None
    counted: Annotated[
        bool | None,
        Meta(
            description="False if the value does not count: its batch is withdrawn, or another source or batch came "
            "first; null if it counts"
        ),
    ] = None
    counted_at: Annotated[
        Time | None, Meta(description="When `counted` last changed; null if it never did")
    ] = None


class Quote(Stored, frozen=True):
    """One live price."""

    layout: ClassVar = Layout(
        "quotes", key=("asset", "ts"), partition=("ts", "DAY"), cluster=("asset",), expiration_days=7
    )

    asset: Annotated[str, Meta(description="Asset")]
    ts: Annotated[Time, Meta(description="Time of the quote")]
    price: Annotated[float, Meta(description="Price in US dollars")]
    source: Annotated[str, Meta(description="Provider that served it")]


class FeatureRow(Stored, frozen=True, kw_only=True):
    """One closed hour with one column per feature; a cache that can be rebuilt from the observations.

    The features of the catalogue follow as further columns.
    """

    layout: ClassVar = Layout("features_hourly", key=("ts",), partition=("ts", "MONTH"))

    ts: Annotated[Time, Meta(description="Open of the hour, UTC")]
    catalogue_version: Annotated[str, Meta(description="Catalogue that the row was made with")]
    built_at: Annotated[Time, Meta(description="When the row was made")]
    row_hash: Annotated[str, Meta(description="SHA-256 of the hour, the column names and the values")]


class ProviderCall(Stored, frozen=True, kw_only=True):
    """A provider call or refusal, for rate limiting."""

    layout: ClassVar = Layout(
        "provider_calls",
        key=("provider", "at", "call_id"),
        partition=("at", "DAY"),
        cluster=("provider",),
        expiration_days=3,
    )

    provider: Annotated[str, Meta(description="Provider")]
    at: Annotated[Time, Meta(description="When it was called, or refused")]
    kind: Annotated[CallKind, Meta(description="call or blocked")]
    until: Annotated[Time | None, Meta(description="End of the refusal; null for a call")] = None
    call_id: Annotated[str, Meta(description="Id of the call: process and counter")]
