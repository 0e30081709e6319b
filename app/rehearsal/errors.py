"""What the rehearsal raises; every text is one sentence that may be shown to the person at the keyboard.

RehearsalError
├── DirectoryFileError   the directory file cannot be read as one; names the file and the line
├── Stopped              the server cannot be talked to: wrong address, wrong token, no connection
└── Unexpected           one answer was not what Entra expects; already recorded, that object is left aside
"""

from __future__ import annotations

from dataclasses import dataclass


class RehearsalError(Exception):
    """Base of everything the rehearsal raises on purpose."""


@dataclass(frozen=True, slots=True)
class Place:
    """A line of a file, counted from 1."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}, line {self.line}"


class DirectoryFileError(RehearsalError):
    """The file says something that no directory can say."""

    def __init__(self, place: Place | str, reason: str) -> None:
        super().__init__(f"{place}: {reason}")


class Stopped(RehearsalError):
    """Nothing more can be pushed; the sentence says what to check."""


class Unexpected(RehearsalError):
    """An answer that Entra could not go on from. The report has it; the other objects are still pushed."""
