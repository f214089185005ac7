"""TypeScript declarations follow from records."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import msgspec
import pandas as pd
from msgspec import UNSET, Meta, UnsetType

from ppa.core.contracts.problem import Problem
from ppa_web.responses.models import Models, Steps
from ppa_web.responses.progress import IngestResult
from tools.javascript_types import declarations, response_kinds


class Part(msgspec.Struct):
    """A part.

    Further words are left out.
    """

    at: pd.Timestamp


class Whole(msgspec.Struct, rename={"since": "from"}):
    """A whole."""

    since: Annotated[Annotated[str, Meta(min_length=1)] | None, Meta(description="First hour")]
    parts: list[Part]
    either: list[Literal["a", 1] | None]
    pair: tuple[int, float]
    by_name: Mapping[str, bool]
    anything: Any = None
    left_out: int | UnsetType = UNSET


def test_every_kind_of_field_has_its_type() -> None:
    assert declarations([Whole]).partition("\n\n")[2] == (
        """declare namespace Api {
	/** A part. */
	interface Part {
		at: string;
	}

	/** A whole. */
	interface Whole {
		/** First hour */
		from: string | null;
		parts: Part[];
		either: (1 | "a" | null)[];
		pair: [number, number];
		by_name: Record<string, boolean>;
		anything: any;
		left_out?: number;
	}
}
"""
    )


def test_objects_lines_of_streams_results_of_functions_and_problems_are_declared() -> None:
    assert {Models, Steps, IngestResult, Problem} <= set(response_kinds())
