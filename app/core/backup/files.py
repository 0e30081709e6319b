"""The files that rows speak of: which there are, and where they lie."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select

from app.core.stores import Store


@dataclass(frozen=True)
class Files:
    """A store, and what is known of its files.

    `places` selects, of the whole installation, where those lie that are stored and in use. `content_type` says what a
    file is by its place; it raises ValueError for what can be no place, so that no name of a backup leads elsewhere.
    """

    store: Store
    places: Select[Any]
    content_type: Callable[[str], str]
