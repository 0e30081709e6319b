"""Secrets that have to be read again, sealed at rest with a key that the database does not know."""

from __future__ import annotations

import base64
import hmac
import os
import secrets
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from app.core.errors import ConfigError, Refused
from app.core.settings import SHORTEST_KEY

NONCE_BYTES = 12
FILE = "secret-key"


class Sealer:
    """Seals texts with AES-256-GCM, each for one purpose: what was sealed for another cannot be opened as this."""

    def __init__(self, key: str) -> None:
        derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"lanyard at rest").derive(key.encode())
        self._cipher = AESGCM(derived)
        self._marking = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"lanyard marks").derive(key.encode())

    def seal(self, text: str, purpose: str) -> str:
        """`text`, sealed; another result each time."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        sealed = self._cipher.encrypt(nonce, text.encode(), purpose.encode())
        return base64.urlsafe_b64encode(nonce + sealed).decode()

    def open(self, sealed: str, purpose: str) -> str:
        """The text that was sealed for this purpose with this key.

        Raises Refused, as when the installation's key is another one than when it was sealed.
        """
        try:
            raw = base64.urlsafe_b64decode(sealed.encode())
            return self._cipher.decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], purpose.encode()).decode()
        except (InvalidTag, ValueError) as error:
            raise Refused("this was sealed with another LANYARD_SECRET_KEY, or for something else") from error

    def mark(self, text: str, purpose: str) -> str:
        """What tells texts of one purpose apart without telling anything of them to whoever lacks the key."""
        return hmac.new(self._marking, f"{purpose}\0{text}".encode(), "sha256").hexdigest()


def installation_key(given: str | None, data_dir: Path) -> str:
    """The installation's key: the one given, else that of the data folder, made there when it is first needed.

    Raises ConfigError where the file cannot be read or made, or was cut.
    """
    if given is not None:
        return given
    path = data_dir / FILE
    try:
        return _read(path) if path.exists() else _make(path, secrets.token_urlsafe(48))
    except OSError as error:
        raise ConfigError(f"{path} cannot be read or made: {error.strerror}") from error


def existing_key(given: str | None, data_dir: Path) -> str | None:
    """The installation's key as `installation_key` finds it, None where it would make one. Raises ConfigError."""
    return installation_key(given, data_dir) if given is not None or (data_dir / FILE).exists() else None


def keep_key(key: str, data_dir: Path) -> None:
    """Make `key` that of the data folder, which has none. Raises ConfigError where the file cannot be made."""
    try:
        kept = _make(data_dir / FILE, key)
    except OSError as error:
        raise ConfigError(f"{data_dir / FILE} cannot be made: {error.strerror}") from error
    if kept != key:
        raise ConfigError(f"{data_dir / FILE} has just been made by somebody else")


def _read(path: Path) -> str:
    key = path.read_text().strip()
    if len(key) < SHORTEST_KEY:
        raise ConfigError(f"{path} holds no key of at least {SHORTEST_KEY} characters; it may have been cut")
    return key


def _make(path: Path, key: str) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    # Written whole beside it, then linked: of two processes that make it at once the second finds the first one's.
    new = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(key)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(new, path)
    except FileExistsError:
        return _read(path)
    finally:
        new.unlink()
    return _read(path)
