"""The HTTP server: gunicorn, set up here and nowhere else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication

from app.core.settings import Settings

REQUEST_LINE_BYTES = 8190
"""Room for a filter of 4 KB in percent-encoding's worst common case; gunicorn's own maximum."""
TIMEOUT_SECONDS = 60
KEEPALIVE_SECONDS = 75
"""Longer than the idle time of common proxies, so that they close first."""


class Server(BaseApplication):
    """Serves one application until it is told to stop."""

    def __init__(self, settings: Settings, create: Callable[[Settings], Flask], ready: Callable[[], None]) -> None:
        self._settings = settings
        self._create = create
        self._ready = ready
        super().__init__()

    def load_config(self) -> None:
        """Set gunicorn up from the settings alone: no configuration file, no environment."""
        for name, value in {
            "bind": [self._settings.bind],
            "workers": self._settings.workers,
            "threads": self._settings.threads,
            "worker_class": "gthread",
            "timeout": TIMEOUT_SECONDS,
            "graceful_timeout": 20,
            "keepalive": KEEPALIVE_SECONDS,
            "limit_request_line": REQUEST_LINE_BYTES,
            "limit_request_fields": 64,
            "limit_request_field_size": 8190,
            "control_socket_disable": True,  # it would be made in the home folder
            "loglevel": "warning",
            "proc_name": "lanyard",
            "when_ready": lambda _server: self._ready(),
        }.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        """The application, made in each worker after the fork: connections are not shared between processes."""
        return self._create(self._settings)
