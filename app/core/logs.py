"""Structured logs: one JSON object a line on standard error, without personal data or secrets."""

from __future__ import annotations

import logging
import sys
from typing import TextIO

import orjson
import structlog


def configure(level: str, stream: TextIO | None = None) -> None:
    """Log from `level` on (debug, info, warning, error) to `stream`, by default standard error."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(serializer=_dumps),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level.upper())),
        logger_factory=structlog.PrintLoggerFactory(stream or sys.stderr),
        cache_logger_on_first_use=False,
    )


def _dumps(value: object, **_: object) -> str:
    return orjson.dumps(value, default=repr).decode()
