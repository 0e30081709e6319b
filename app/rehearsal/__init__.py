"""An Entra-like provisioning client: pushes a directory file to a SCIM server and says what did not come back as sent.

It speaks HTTP only and knows nothing of the server it talks to. `read_directory` reads the file, `rehearse` pushes it.
"""

from __future__ import annotations

from pathlib import Path

from app.rehearsal.directory_file import read_directory
from app.rehearsal.errors import DirectoryFileError, RehearsalError, Stopped
from app.rehearsal.rehearsing import rehearse
from app.rehearsal.report import Report, sentences

__all__ = [
    "SAMPLE",
    "SAMPLE_CARDS",
    "DirectoryFileError",
    "RehearsalError",
    "Report",
    "Stopped",
    "read_directory",
    "rehearse",
    "sentences",
]

SAMPLE = Path(__file__).parent / "sample" / "nordwind.yaml"
"""The directory of an invented company that shows what real directories are like."""

SAMPLE_CARDS = Path(__file__).parent / "sample" / "nordwind-cards.yaml"
"""Templates and bindings that fit it, for `lanyard apply`."""
