"""What an error of the database means: that it is away for the moment, or something that nobody foresaw."""

from __future__ import annotations

import sqlite3

import structlog
from sqlalchemy.exc import DBAPIError, OperationalError

from app.core.errors import Unavailable

CANNOT_BE_REACHED = "The database cannot be reached at the moment; try again later."
NO_ROOM = "The database has no room left on its disk; nothing was changed. Try again when there is room."
HELD_UP = "Something large holds up the database; nothing was changed. Try again in a moment."
WRITERS_WAIT = "Others have been writing for some time, and are waited for; nothing was changed. Try again in a moment."
MET_TOO_OFTEN = "Too many writes met inside the database; nothing was changed. Try again in a moment."

_COLLIDED = {"40001", "40P01"}  # serialization_failure, deadlock_detected
_TIMED_OUT = {"55P03", "57014", "25P03", "25P04"}
"""The limits that an administrator sets for locks, statements, idle and whole transactions."""
_DISK_FULL = "53100"
_AWAY = {"57P01", "57P02", "57P03", "25006"} | _TIMED_OUT
"""Shutdowns, starting up, read-only while another node takes over."""
_AWAY_CLASSES = ("08", "53", "58")  # connection lost; no disk, memory or connections left; the disk fails
_SQLITE_AWAY = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL,
}

log = structlog.get_logger("lanyard.database")


def has_collided(error: DBAPIError) -> bool:
    """Whether the database ended the transaction because of another one that it met (deadlock, serialization)."""
    return _sqlstate(error) in _COLLIDED


def translated(error: DBAPIError) -> Exception:
    """Unavailable when the database is away, locked, full or failing, with the reason in the log, or has undone what
    met others; else the error itself."""
    if has_collided(error):
        return Unavailable(MET_TOO_OFTEN)
    if not _is_away(error):
        return error
    log.warning("the database is away", reason=str(error.orig).strip().partition("\n")[0])
    return Unavailable(_sentence(error))


def _sentence(error: DBAPIError) -> str:
    state = _sqlstate(error)
    if state in _TIMED_OUT:
        return HELD_UP
    return NO_ROOM if state == _DISK_FULL or _sqlite_code(error) == sqlite3.SQLITE_FULL else CANNOT_BE_REACHED


def _is_away(error: DBAPIError) -> bool:
    code, state = _sqlite_code(error), _sqlstate(error)
    if code is not None:
        return code in _SQLITE_AWAY
    if state is None:
        # No word of the server's: it was never reached, or lost on the way.
        return isinstance(error, OperationalError) or error.connection_invalidated
    return state in _AWAY or state.startswith(_AWAY_CLASSES)


def _sqlstate(error: DBAPIError) -> str | None:
    return getattr(error.orig, "sqlstate", None)


def _sqlite_code(error: DBAPIError) -> int | None:
    """SQLite's primary result code, which is the lowest byte of its extended ones; None for another database."""
    return getattr(error.orig, "sqlite_errorcode", 0) & 0xFF if isinstance(error.orig, sqlite3.Error) else None
