"""Where files lie: a folder, or a store that speaks S3. Keys are our own, never a name from outside."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, Protocol
from urllib.parse import parse_qsl, unquote, urlsplit

from app.core.errors import ConfigError, Unavailable

SECONDS = 10
"""For one request to a store."""


class StoreAway(Unavailable):
    """The store cannot be reached, or refuses; the same may succeed later."""


class Store(Protocol):
    """Files by key. Every method raises StoreAway when the store is away."""

    def put(self, key: str, content: bytes, content_type: str) -> None:
        """Keep a file; when this returns it survives a power cut. A file that is there is replaced."""

    def get(self, key: str) -> bytes | None:
        """The file, None when there is none."""

    def delete(self, key: str) -> None:
        """Forget the file; nothing happens when there is none."""


class FolderStore:
    """Files below a folder on this machine, or on a volume that all nodes share."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, key: str, content: bytes, content_type: str) -> None:
        """Written beside its place and moved there whole."""
        path = self._folder / key
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with whole_file(path, ".") as file:
                file.write(content)
        except OSError as error:
            raise StoreAway(_sentence(error.strerror)) from error

    def get(self, key: str) -> bytes | None:
        """Read at once; files are small."""
        try:
            return (self._folder / key).read_bytes()
        except FileNotFoundError as error:
            if self._folder.is_dir():
                return None
            raise StoreAway(_sentence("its folder is not there")) from error
        except OSError as error:
            raise StoreAway(_sentence(error.strerror)) from error

    def delete(self, key: str) -> None:
        """Folders that become empty stay."""
        try:
            (self._folder / key).unlink(missing_ok=True)
        except OSError as error:
            raise StoreAway(_sentence(error.strerror)) from error


class S3Store:
    """Objects in a bucket. The client is made at the first use, in the process that uses it: never before a fork."""

    def __init__(self, bucket: str, prefix: str, options: dict[str, Any]) -> None:
        self._bucket = bucket
        self._prefix = prefix
        self._options = options
        self._process: int | None = None
        self._opened: Any = None

    def put(self, key: str, content: bytes, content_type: str) -> None:
        """One request."""
        import obstore  # noqa: PLC0415 (an extra)

        self._try(lambda store: obstore.put(store, key, content, attributes={"Content-Type": content_type}))

    def get(self, key: str) -> bytes | None:
        """One request."""
        import obstore  # noqa: PLC0415 (an extra)

        def read(store: Any) -> bytes | None:
            try:
                return bytes(obstore.get(store, key).bytes())
            except FileNotFoundError:
                return None

        found: bytes | None = self._try(read)
        return found

    def delete(self, key: str) -> None:
        """One request."""
        import obstore  # noqa: PLC0415 (an extra)

        def forget(store: Any) -> None:
            try:
                obstore.delete(store, key)
            except FileNotFoundError:
                return

        self._try(forget)

    def _try(self, work: Any) -> Any:
        from obstore.exceptions import BaseError  # noqa: PLC0415 (an extra)

        try:
            return work(self._store())
        except (BaseError, OSError) as error:
            # The text of an error may hold the request's address, and what signs it.
            raise StoreAway(_sentence(type(error).__name__)) from error

    def _store(self) -> Any:
        from obstore.store import S3Store as Client  # noqa: PLC0415 (an extra)

        if self._process != os.getpid():
            self._opened = Client(
                self._bucket,
                prefix=self._prefix or None,
                client_options={"timeout": f"{SECONDS}s", "connect_timeout": "3s", "allow_http": True},
                retry_config={"max_retries": 1},
                **self._options,
            )
            self._process = os.getpid()
        return self._opened


def parse_store(text: str) -> Store:
    """The store that `LANYARD_PHOTO_STORE` names: `/a/folder`, or `s3://KEY:SECRET@bucket/prefix?endpoint=…&region=…`.

    Without a key those of the machine are taken (environment or instance role). Raises ConfigError with what is wrong.
    """
    if text.startswith("/"):
        return FolderStore(Path(text))
    try:
        parts = urlsplit(text)
        options = dict(parse_qsl(parts.query, strict_parsing=True)) if parts.query else {}
    except ValueError as error:
        raise ConfigError(f"LANYARD_PHOTO_STORE {_WANTED}") from error
    unknown = sorted(options.keys() - {"endpoint", "region"})
    if (
        parts.scheme != "s3"
        or not parts.hostname
        or parts.fragment
        or unknown
        or bool(parts.username) != bool(parts.password)
    ):
        raise ConfigError(f"LANYARD_PHOTO_STORE {_WANTED}")
    endpoint = options.get("endpoint")
    if endpoint is not None and urlsplit(endpoint).scheme not in {"http", "https"}:
        raise ConfigError("LANYARD_PHOTO_STORE names an endpoint that is no http or https address")
    given = {"region": options.get("region", "us-east-1"), "endpoint": endpoint}
    if parts.username and parts.password:
        given |= {"access_key_id": unquote(parts.username), "secret_access_key": unquote(parts.password)}
    _ensure_installed()
    return S3Store(parts.hostname, parts.path.strip("/"), {key: value for key, value in given.items() if value})


_WANTED = "must be a folder's absolute path or s3://KEY:SECRET@bucket/prefix?endpoint=https://…&region=…"


def _ensure_installed() -> None:
    try:
        import obstore  # noqa: F401, PLC0415 (an extra)
    except ImportError as error:
        raise ConfigError("LANYARD_PHOTO_STORE names an S3 store; install the extra `s3` for it") from error


@contextmanager
def whole_file(path: Path, prefix: str) -> Iterator[BinaryIO]:
    """A file that gets its name when it is whole and on disk; it is written beside, under a name with this prefix, and
    deleted when anything is raised. Raises OSError."""
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=prefix, delete=False) as file:
        try:
            yield file  # type: ignore[misc]  # a wrapper around one
            file.flush()
            os.fsync(file.fileno())
            os.replace(file.name, path)
        except BaseException:
            os.unlink(file.name)
            raise
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    """Have the folder's entry on disk as well."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sentence(reason: str | None) -> str:
    return f"The store of photos cannot be used at the moment ({reason or 'no reason given'}); try again later."
