"""Names of a dataset's files: the data and, next to it, its manifest."""

ENDINGS = (".csv.gz", ".csv", ".parquet")
MANIFEST = ".manifest.json"


def dataset_name(label_id: str, *, synthetic: bool) -> str:
    """Return the name of a label's dataset without its ending; synthetic data say so, as a CSV has no other place."""
    return f"{label_id}-synthetic" if synthetic else label_id


def manifest_name(file_name: str) -> str:
    """Return the name of the manifest of a dataset's file: `btc.manifest.json` for `btc.csv.gz`."""
    ending = next((ending for ending in ENDINGS if file_name.endswith(ending)), "")
    return file_name.removesuffix(ending) + MANIFEST
