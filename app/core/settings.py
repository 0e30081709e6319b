"""The installation's settings, read once at start from the environment into one typed object."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import quote, urlsplit

from sqlalchemy.engine import URL

from app.core.db import parse_url
from app.core.errors import ConfigError
from app.core.hosts import authority, parse_host
from app.core.mail.relay import Relay, parse_relay
from app.core.stores import Store, parse_store

DEFAULT_BIND = "127.0.0.1:8000"
PATH_AS_IT_IS = "/%!$&'()*+,;=:@~"
"""What a path of an address may hold besides letters and digits (RFC 3986 §3.3)."""
SHORTEST_KEY = 32
"""Characters that a secret key has at least: `openssl rand -base64 32` makes 44."""
LOG_LEVELS = ("debug", "info", "warning", "error")
SWITCH = ("on", "off")


@dataclass(frozen=True)
class Settings:
    """Everything the environment may say; each field is documented in docs/operations.md under its variable."""

    database_url: URL
    """`DATABASE_URL`: where people, cards and tokens are kept."""
    data_dir: Path
    """`LANYARD_DATA_DIR`: the embedded database and generated files."""
    public_url: str = f"http://{DEFAULT_BIND}"
    """`LANYARD_PUBLIC_URL`: origin (and path prefix) of every absolute link; no trailing slash."""
    bind: str = DEFAULT_BIND
    """`LANYARD_BIND`: HOST:PORT that the server listens on."""
    workers: int = 2
    """`LANYARD_WORKERS`: server processes."""
    threads: int = 4
    """`LANYARD_THREADS`: threads of each process."""
    read_database_url: URL | None = None
    """`LANYARD_READ_DATABASE_URL`: a copy of the database that card pages are read from; None: the database itself."""
    drain_seconds: int = 0
    """`LANYARD_DRAIN_SECONDS`: how long a server that is told to stop says so at /readyz and goes on answering."""
    max_body_bytes: int = 8 * 1024 * 1024
    """`LANYARD_MAX_BODY_BYTES`: the largest SCIM request body that is read."""
    requests_per_second: int = 1000
    """`LANYARD_REQUESTS_PER_SECOND`: SCIM requests of an organization that a process answers in a second; 0: any."""
    log_level: str = "info"
    """`LANYARD_LOG_LEVEL`: debug, info (a line for each request), warning or error."""
    secret_key: str | None = field(default=None, repr=False)
    """`LANYARD_SECRET_KEY`: what secrets are sealed with at rest; None: the one in the data folder."""
    session_idle_minutes: int = 8 * 60
    """`LANYARD_SESSION_IDLE_MINUTES`: a session that is not used for so long ends."""
    session_hours: int = 7 * 24
    """`LANYARD_SESSION_HOURS`: the longest that a session lasts."""
    jobs: str = "on"
    """`LANYARD_JOBS`: on, or off where `lanyard serve` does no background work because another node does."""
    smtp: Relay | None = None
    """`LANYARD_SMTP_URL`: the mail server; None: mails wait in the outbox."""
    photo_store: Store | None = field(default=None, repr=False)
    """`LANYARD_PHOTO_STORE`: where the files of photos lie; None: the folder `photos` in the data folder."""
    graph_url: str = "https://graph.microsoft.com"
    """`LANYARD_GRAPH_URL`: where Microsoft Graph is; another in a national cloud."""
    photo_hosts: frozenset[str] = frozenset()
    """`LANYARD_PHOTO_HOSTS`: hosts from which photos given as web addresses are fetched, each in small letters and with
    its port where that is not 443; `*` for all that are on the internet."""
    mail_per_minute: int = 30
    """`LANYARD_MAIL_PER_MINUTE`: how many mails the installation sends in a minute."""

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Settings:
        """The settings that `env` names, defaults for the rest. Raises ConfigError naming the variable at fault."""
        checkout = Path(__file__).resolve().parents[2]
        data_dir = Path(env.get("LANYARD_DATA_DIR") or checkout / "instance").absolute()
        bind = _bind(env.get("LANYARD_BIND") or DEFAULT_BIND)
        database_url = parse_url(env.get("DATABASE_URL") or f"sqlite:///{data_dir / 'lanyard.db'}")
        return cls(
            database_url=database_url,
            data_dir=data_dir,
            public_url=_public_url(env.get("LANYARD_PUBLIC_URL") or _own_url(bind)),
            bind=bind,
            workers=_number(env, "LANYARD_WORKERS", os.cpu_count() or 1, lowest=1, highest=256),
            threads=_number(env, "LANYARD_THREADS", 4, lowest=1, highest=64),
            read_database_url=_replica(database_url, env.get("LANYARD_READ_DATABASE_URL")),
            drain_seconds=_number(env, "LANYARD_DRAIN_SECONDS", 0, lowest=0, highest=600),
            max_body_bytes=_number(
                env, "LANYARD_MAX_BODY_BYTES", cls.max_body_bytes, lowest=1024 * 1024, highest=1024**3
            ),
            requests_per_second=_number(
                env, "LANYARD_REQUESTS_PER_SECOND", cls.requests_per_second, lowest=0, highest=1_000_000
            ),
            log_level=_choice(env, "LANYARD_LOG_LEVEL", LOG_LEVELS, "info"),
            secret_key=_secret_key(env.get("LANYARD_SECRET_KEY")),
            session_idle_minutes=_number(
                env, "LANYARD_SESSION_IDLE_MINUTES", cls.session_idle_minutes, lowest=5, highest=60 * 24 * 31
            ),
            session_hours=_number(env, "LANYARD_SESSION_HOURS", cls.session_hours, lowest=1, highest=24 * 366),
            jobs=_choice(env, "LANYARD_JOBS", SWITCH, "on"),
            smtp=parse_relay(relay) if (relay := env.get("LANYARD_SMTP_URL")) else None,
            photo_store=parse_store(store) if (store := env.get("LANYARD_PHOTO_STORE")) else None,
            graph_url=_graph_url(env.get("LANYARD_GRAPH_URL") or cls.graph_url),
            photo_hosts=_photo_hosts(env.get("LANYARD_PHOTO_HOSTS") or ""),
            mail_per_minute=_number(env, "LANYARD_MAIL_PER_MINUTE", cls.mail_per_minute, lowest=1, highest=10_000),
        )


def _number(env: Mapping[str, str], name: str, default: int, *, lowest: int, highest: int) -> int:
    text = env.get(name)
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and lowest <= int(text) <= highest):
        raise ConfigError(f"{name} must be a whole number from {lowest} to {highest}, not {text!r}")
    return int(text)


def _replica(original: URL, text: str | None) -> URL | None:
    url = parse_url(text, "LANYARD_READ_DATABASE_URL") if text else None
    if url is not None and "sqlite" in {url.get_backend_name(), original.get_backend_name()}:
        raise ConfigError("LANYARD_READ_DATABASE_URL names a copy of a PostgreSQL database; SQLite has none")
    return url


def _secret_key(text: str | None) -> str | None:
    if not text:
        return None
    if len(text) < SHORTEST_KEY:
        raise ConfigError(f"LANYARD_SECRET_KEY must have at least {SHORTEST_KEY} characters")
    return text


def _choice(env: Mapping[str, str], name: str, choices: tuple[str, ...], default: str) -> str:
    text = env.get(name) or default
    if text not in choices:
        raise ConfigError(f"{name} must be one of {', '.join(choices)}, not {text!r}")
    return text


def _photo_hosts(text: str) -> frozenset[str]:
    try:
        named = text.replace(",", " ").split()
        return frozenset("*" if host == "*" else authority(*parse_host(host)) for host in named)
    except ValueError as error:
        raise ConfigError(
            "LANYARD_PHOTO_HOSTS must be * or names of hosts such as photos.example, photos.example:8443, with commas"
            f" between them: {error}"
        ) from error


def _public_url(text: str) -> str:
    try:
        parts = urlsplit(text)
        whole = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
        # It stands in headers: RFC 3987 §3.1.
        address = (
            f"{parts.scheme}://{parts.netloc.encode('idna').decode()}{quote(parts.path.rstrip('/'), PATH_AS_IT_IS)}"
        )
    except ValueError:  # half an IPv6 address, a port that is no number, a name that is none
        whole = False
    if not whole or parts.query or parts.fragment or not text.isprintable() or " " in text:
        raise ConfigError(
            f"LANYARD_PUBLIC_URL must be an http or https address such as https://cards.example, not {text!r}"
        )
    if parts.username or parts.password:
        raise ConfigError("LANYARD_PUBLIC_URL must not contain a user name or password")
    return address


def _graph_url(text: str) -> str:
    try:
        parts = urlsplit(text)
        host, _port = parts.hostname or "", parts.port
    except ValueError:
        host = ""
    if not host or parts.scheme not in ({"http", "https"} if _is_loopback(host) else {"https"}):
        raise ConfigError(f"LANYARD_GRAPH_URL must be an https address (http only on this machine), not {text!r}")
    if text.rstrip("/") != f"{parts.scheme}://{parts.netloc}" or "@" in parts.netloc or not text.isprintable():
        raise ConfigError("LANYARD_GRAPH_URL must be scheme and host alone, such as https://graph.microsoft.us")
    return text.rstrip("/")


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:  # a name
        return host == "localhost"


def _bind(text: str) -> str:
    host, separator, port = text.rpartition(":")
    if not (separator and host and port.isascii() and port.isdigit() and 0 <= int(port) <= 65535):
        raise ConfigError(f"LANYARD_BIND must be HOST:PORT, not {text!r}")
    return text


def _own_url(bind: str) -> str:
    """Where a server that only this machine reaches is reached; any other needs LANYARD_PUBLIC_URL to be said."""
    return f"http://{bind}" if bind.startswith(("127.", "localhost:", "[::1]:")) else f"http://{DEFAULT_BIND}"
