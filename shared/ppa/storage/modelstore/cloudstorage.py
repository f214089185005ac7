"""Model store in a Google Cloud Storage bucket."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from ppa.core.errors import BadInput, Unavailable
from ppa.storage.modelstore.protocol import StoredFile, check_name, digest, missing_file, verify_same_content

if TYPE_CHECKING:
    from google.cloud.storage import Blob, Bucket, Client

_TIMEOUT = (5.0, 60.0)  # seconds to connect and to read
_MUST_NOT_EXIST = 0


@lru_cache(maxsize=1)
def default_client() -> "Client":
    """Return the process-wide client, created on first use; `STORAGE_EMULATOR_HOST` selects an emulator."""
    from google.cloud.storage import Client

    return Client()


class CloudStore:
    """`ModelStore` in `gs://bucket/prefix`.

    Files are created with `if_generation_match=0`, and read and deleted by generation, so that the client's retries
    are idempotent.
    """

    def __init__(
        self, bucket: str, prefix: str = "", client: Callable[[], "Client"] = default_client
    ) -> None:
        if not bucket:
            raise BadInput("The address of the model store has no bucket. Use gs://bucket/prefix.")
        self._bucket_name = bucket
        self._prefix = f"{prefix.strip('/')}/" if prefix.strip("/") else ""
        self._client = client

    def put(self, name: str, data: bytes) -> StoredFile:
        with self._failing_clearly():
            stored = self._find(name) or self._create(name, data) or self._find(name)
        if stored is None:
            raise Unavailable(f"The model file {name!r} was deleted during its upload. Upload it again.")
        return verify_same_content(stored, data)

    def get(self, name: str, generation: int) -> bytes:
        from google.api_core.exceptions import NotFound as Missing

        blob = self._bucket.blob(self._key(name), generation=generation)
        with self._failing_clearly():
            try:
                return bytes(blob.download_as_bytes(timeout=_TIMEOUT, checksum="crc32c"))
            except Missing:
                raise missing_file(name, generation) from None

    def delete(self, name: str, generation: int) -> None:
        from google.api_core.exceptions import NotFound as Missing
        from google.api_core.exceptions import PreconditionFailed

        with self._failing_clearly():
            stored = self._find(name)
            if stored is None or stored.generation != generation:
                raise missing_file(name, generation)
            try:
                self._bucket.blob(self._key(name)).delete(if_generation_match=generation, timeout=_TIMEOUT)
            except (Missing, PreconditionFailed):
                raise missing_file(name, generation) from None

    def list_files(self, prefix: str = "") -> list[StoredFile]:
        with self._failing_clearly():
            blobs = list(self._bucket.list_blobs(prefix=self._prefix + prefix, timeout=_TIMEOUT))
            return sorted((self._describe(blob) for blob in blobs), key=lambda stored: stored.name)

    @cached_property
    def _bucket(self) -> "Bucket":
        with self._failing_clearly():
            return self._client().bucket(self._bucket_name)

    def _key(self, name: str) -> str:
        return self._prefix + check_name(name)

    def _find(self, name: str) -> StoredFile | None:
        blob = self._bucket.get_blob(self._key(name), timeout=_TIMEOUT)
        return None if blob is None else self._describe(blob)

    def _create(self, name: str, data: bytes) -> StoredFile | None:
        """Upload a new file; None if it exists by now."""
        from google.api_core.exceptions import PreconditionFailed

        blob = self._bucket.blob(self._key(name))
        blob.metadata = {"sha256": digest(data)}
        try:
            blob.upload_from_string(
                data,
                content_type="application/octet-stream",
                if_generation_match=_MUST_NOT_EXIST,
                timeout=_TIMEOUT,
                checksum="crc32c",
            )
        except PreconditionFailed:
            return None
        return self._describe(blob)

    def _describe(self, blob: "Blob") -> StoredFile:
        hexdigest = (blob.metadata or {}).get("sha256") or digest(blob.download_as_bytes(timeout=_TIMEOUT))
        name = str(blob.name).removeprefix(self._prefix)
        return StoredFile(name, int(blob.generation), int(blob.size), hexdigest)

    @contextmanager
    def _failing_clearly(self) -> Iterator[None]:
        from google.api_core.exceptions import GoogleAPIError
        from google.auth.exceptions import GoogleAuthError
        from requests.exceptions import RequestException

        try:
            yield
        except (GoogleAPIError, GoogleAuthError, RequestException) as error:
            raise Unavailable(
                f"The bucket gs://{self._bucket_name} is unavailable ({_first_line(error)}). "
                "Check that it exists and that this service account can read and write it, then try again."
            ) from error


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
