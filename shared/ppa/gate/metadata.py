"""Read the metadata that the author of a model provides at upload."""

import json
from collections.abc import Mapping
from typing import Any

from ppa.core.contracts.conversion import converted
from ppa.core.contracts.upload import UploadMetadata
from ppa.core.errors import BadInput


class MetadataError(BadInput):
    """The metadata of an upload is invalid."""

    code = "metadata"


def parse_metadata(text: str) -> UploadMetadata:
    """Parse metadata from JSON; raise MetadataError with every field that is missing, invalid or unknown."""
    return converted(UploadMetadata, _object(text), MetadataError)


def _object(text: str) -> Mapping[str, Any]:
    try:
        fields = json.loads(text)
    except json.JSONDecodeError as error:
        raise MetadataError(f"The metadata is not valid JSON: {error}.", "Send a JSON object.") from None
    if not isinstance(fields, dict):
        raise MetadataError("The metadata must be a JSON object.", 'Send it as {"name": …}.')
    return fields
