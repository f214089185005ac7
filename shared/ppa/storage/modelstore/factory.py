"""Which store an address means."""

from ppa.core.errors import BadInput
from ppa.storage.modelstore.protocol import ModelStore


def open_store(url: str) -> ModelStore:
    """The store at `url`: a folder's path (made when first needed) or `gs://bucket/prefix`."""
    if url.startswith("gs://"):
        from ppa.storage.modelstore.cloudstorage import CloudStore

        bucket, _, prefix = url.removeprefix("gs://").partition("/")
        return CloudStore(bucket, prefix)
    if "://" in url or not url:
        raise BadInput(f"{url!r} is no place for model files: give a folder's path or gs://bucket/prefix.")
    from ppa.storage.modelstore.folder import FolderStore

    return FolderStore(url)
