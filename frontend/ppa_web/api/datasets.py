"""Datasets of labels as streamed files, with their manifests."""

import json
from collections.abc import Iterator
from typing import Annotated
from urllib.parse import urlencode

from flask import Blueprint, Response, request, url_for
from msgspec import Meta

from ppa.core.contracts.common import HourRange, LabelId
from ppa.core.dataset_names import dataset_name, manifest_name
from ppa.core.errors import Conflict, NotFound
from ppa.platform import SYNTHETIC
from ppa.reports.dataset_files import csv_pieces, parquet_pieces
from ppa.repository.dataset import Dataset, build_dataset
from ppa.repository.dataset_rows import nearest_rows
from ppa.repository.labels import find_label
from ppa_web.api.downloads import attachment
from ppa_web.api.json_response import json_response
from ppa_web.context import platform
from ppa_web.openapi.common_arguments import Flag
from ppa_web.openapi.contents import File, Header
from ppa_web.openapi.operation import operation
from ppa_web.responses.models import DatasetManifest
from ppa_web.training_notebook import label_notebook

datasets = Blueprint("datasets", __name__, url_prefix="/api/v1/labels")


DIGEST = "b1f6124c9a6b36130dec7b4efed6e0a13dea1b173ce2bf0f7d518045f6215b1e"
OF_A_FILE = {
    "Link": Header(
        "Address of the manifest",
        '</api/v1/labels/btc-touch-24h-200bp-6fe69e/manifest.json>; rel="describedby"; type="application/json"',
    ),
    "X-Dataset-SHA256": Header("Hash of the rows, as in the manifest", DIGEST),
    "X-Data-Source": Header("Kind of the data: real or synthetic", "real"),
}


class DatasetQuery(HourRange, frozen=True, kw_only=True):
    """Hours of a dataset."""

    sha256: Annotated[
        str,
        Meta(description="Hash in the manifest; 409 if the rows have changed since", examples=[DIGEST]),
    ] = ""


class CsvQuery(DatasetQuery, frozen=True, kw_only=True):
    """Hours and form of a dataset."""

    gzip: Annotated[Flag, Meta(description="1 to compress the file")] = "0"
    manifest: Annotated[Flag, Meta(description="1 to prepend the manifest as lines that begin with #")] = "0"


@datasets.get("/<label_id>/dataset.csv")
@operation(
    File(
        "text/csv",
        "Features and label, a row an hour.",
        "ts,btc_usd_return_1h,label\n2026-02-01T00:00:00Z,0.0125,1\n",
        OF_A_FILE,
    ),
    File("application/gzip", "Compressed with `gzip=1`.", headers=OF_A_FILE),
    problems=(NotFound, Conflict),
)
def dataset_csv(label_id: LabelId, query: CsvQuery) -> Response:
    """Dataset from `from` to `to` as CSV; `?gzip=1` compresses it, `?manifest=1` prepends the manifest as `#` lines."""
    dataset, compress = _dataset(label_id, query), query.gzip == "1"
    pieces = csv_pieces(dataset, compress=compress, with_manifest=query.manifest == "1")
    if compress:
        return _download(pieces, "csv.gz", "application/gzip", dataset)
    return _download(pieces, "csv", "text/csv", dataset)


@datasets.get("/<label_id>/dataset.parquet")
@operation(
    File("application/vnd.apache.parquet", "Features and label, a row an hour.", headers=OF_A_FILE),
    problems=(NotFound, Conflict),
)
def dataset_parquet(label_id: LabelId, query: DatasetQuery) -> Response:
    """Dataset from `from` to `to` as Parquet, with the manifest in its metadata."""
    dataset = _dataset(label_id, query)
    return _download(parquet_pieces(dataset), "parquet", "application/vnd.apache.parquet", dataset)


@datasets.get("/<label_id>/manifest.json")
@operation(DatasetManifest, problems=(NotFound, Conflict))
def manifest(label_id: LabelId, query: DatasetQuery) -> Response:
    """Manifest of the dataset from `from` to `to`: definition, catalogue version, columns, rows and hash."""
    dataset = _dataset(label_id, query)
    described = json_response(dataset.manifest())
    described.headers["Content-Disposition"] = f'inline; filename="{manifest_name(_named(dataset))}"'
    return described


@datasets.get("/<label_id>/train.ipynb")
@operation(
    File("application/x-ipynb+json", "A Jupyter notebook.", '{"cells": [], "nbformat": 4}'),
    problems=(NotFound, Conflict),
)
def notebook(label_id: LabelId, query: DatasetQuery) -> Response:
    """Notebook that trains a model on the CSV from `from` to `to`, downloaded with its manifest, and uploads it."""
    dataset = _dataset(label_id, query)
    file_name = f"{_named(dataset)}.csv"
    content = label_notebook(
        dataset.label.name, label_id, file_name, manifest_name(file_name), request.host_url.rstrip("/")
    )
    return attachment(json.dumps(content, indent=1), f"{_named(dataset)}.ipynb", "application/x-ipynb+json")


def _dataset(label_id: str, query: DatasetQuery) -> Dataset:
    """Dataset from `from` to `to`; Conflict if its hash differs from the argument `sha256`."""
    label = find_label(platform(), label_id)
    dataset = build_dataset(platform(), label, query.since, query.until, rows=nearest_rows(platform()))
    if query.sha256 not in ("", dataset.sha256):
        raise Conflict(
            f"The dataset of {label_id} has changed since the given hash: new hours or bars were stored. "
            "Request the manifest and the file again."
        )
    return dataset


def _download(pieces: Iterator[bytes], ending: str, kind: str, dataset: Dataset) -> Response:
    bounds = urlencode({key: value for key, value in request.args.items() if key in ("from", "to")})
    described = url_for("api.datasets.manifest", label_id=dataset.label.label_id) + (bounds and f"?{bounds}")
    response = attachment(pieces, f"{_named(dataset)}.{ending}", kind)
    response.headers["Link"] = f'<{described}>; rel="describedby"; type="application/json"'
    response.headers["X-Dataset-SHA256"] = dataset.sha256
    response.headers["X-Data-Source"] = dataset.source
    return response


def _named(dataset: Dataset) -> str:
    return dataset_name(dataset.label.label_id, synthetic=dataset.source == SYNTHETIC)
