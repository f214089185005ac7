"""Datasets of labels as streamed files, with their manifests."""

import json
from collections.abc import Iterator
from urllib.parse import urlencode

from flask import Blueprint, Response, request, url_for

from ppa.core.dataset_names import dataset_name, manifest_name
from ppa.core.errors import Conflict
from ppa.core.times import BEGINNING, END
from ppa.platform import SYNTHETIC
from ppa.reports.dataset_files import csv_pieces, parquet_pieces
from ppa.repository.dataset import Dataset, build_dataset
from ppa.repository.dataset_rows import nearest_rows
from ppa.repository.labels import find_label
from ppa_web.api.downloads import attachment
from ppa_web.api.json_response import json_response
from ppa_web.api.request_args import span, text
from ppa_web.context import platform
from ppa_web.training_notebook import label_notebook

datasets = Blueprint("datasets", __name__, url_prefix="/api/v1/labels")


@datasets.get("/<label_id>/dataset.csv")
def dataset_csv(label_id: str) -> Response:
    """Dataset from `from` to `to` as CSV; `?gzip=1` compresses it, `?manifest=1` prepends the manifest as `#` lines."""
    dataset, compress = _dataset(label_id), text("gzip") == "1"
    pieces = csv_pieces(dataset, compress=compress, with_manifest=text("manifest") == "1")
    if compress:
        return _download(pieces, "csv.gz", "application/gzip", dataset)
    return _download(pieces, "csv", "text/csv", dataset)


@datasets.get("/<label_id>/dataset.parquet")
def dataset_parquet(label_id: str) -> Response:
    """Dataset from `from` to `to` as Parquet, with the manifest in its metadata."""
    dataset = _dataset(label_id)
    return _download(parquet_pieces(dataset), "parquet", "application/vnd.apache.parquet", dataset)


@datasets.get("/<label_id>/manifest.json")
def manifest(label_id: str) -> Response:
    """Manifest of the dataset from `from` to `to`: definition, catalogue version, columns, rows and hash."""
    dataset = _dataset(label_id)
    described = json_response(dataset.manifest())
    described.headers["Content-Disposition"] = f'inline; filename="{manifest_name(_named(dataset))}"'
    return described


@datasets.get("/<label_id>/train.ipynb")
def notebook(label_id: str) -> Response:
    """Notebook that trains a model on the CSV from `from` to `to`, downloaded with its manifest, and uploads it."""
    dataset = _dataset(label_id)
    file_name = f"{_named(dataset)}.csv"
    content = label_notebook(
        dataset.label.name, label_id, file_name, manifest_name(file_name), request.host_url.rstrip("/")
    )
    return attachment(json.dumps(content, indent=1), f"{_named(dataset)}.ipynb", "application/x-ipynb+json")


def _dataset(label_id: str) -> Dataset:
    """Dataset from `from` to `to`; Conflict if its hash differs from the argument `sha256`."""
    label, bounds = find_label(platform(), label_id), span(request.args, BEGINNING, END)
    dataset = build_dataset(platform(), label, *bounds, rows=nearest_rows(platform()))
    if text("sha256", dataset.sha256) != dataset.sha256:
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
