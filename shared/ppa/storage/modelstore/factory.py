"""Creation of a model store from its address."""

from ppa.core.errors import BadInput
from ppa.storage.modelstore.protocol import ModelStore


def open_store(url: str) -> ModelStore:
    """Open the store at `url`: a folder, created on first use, or `gs://bucket/prefix`; raises `BadInput`."""
    if url.startswith("gs://"):
        from ppa.storage.modelstore.cloudstorage import CloudStore

        bucket, _, prefix = url.removeprefix("gs://").partition("/")
        return CloudStore(bucket, prefix)
    if "://" in url or not url:
        raise BadInput(f"{url!r} is not the address of a model store. Use a folder or gs://bucket/prefix.")
    from ppa.storage.modelstore.folder import FolderStore

    return FolderStore(url)
