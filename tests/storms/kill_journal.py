"""What a client asked for and what was acknowledged, on disk before it goes on: the judge reads it and nothing else."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CREATE, TITLE, ACTIVE, ADD, REMOVE = "create", "title", "active", "add", "remove"


@dataclass(frozen=True, slots=True)
class Asked:
    """One write: by whom, in which request, about whom (user names), what."""

    client: int
    request_id: str
    act: str
    users: tuple[str, ...]
    value: Any
    """The title; whether active; the group's name."""


class Journal:
    """A file of lines. What is acknowledged is on disk when `acknowledge` returns."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = path.open("ab")
        self._lock = threading.Lock()

    def ask(self, asked: Asked) -> None:
        """Note what is going to be sent."""
        said = (asked.client, asked.request_id, asked.act, asked.users, asked.value)
        self._write({"ask": said})

    def acknowledge(self, request_id: str) -> None:
        """Note that the server said: done."""
        self._write({"done": request_id})

    def close(self) -> None:
        self._file.close()

    def asked(self) -> list[Asked]:
        """Everything that was sent, each client's in its order."""
        said = (line["ask"] for line in self._lines() if "ask" in line)
        return [Asked(client, request, act, tuple(users), value) for client, request, act, users, value in said]

    def acknowledged(self) -> set[str]:
        """The requests that the server said were done."""
        return {line["done"] for line in self._lines() if "done" in line}

    def _write(self, line: dict[str, Any]) -> None:
        with self._lock:
            self._file.write(json.dumps(line).encode() + b"\n")
            self._file.flush()
            os.fsync(self._file.fileno())

    def _lines(self) -> Iterator[Any]:
        with self._path.open() as file:
            yield from map(json.loads, file)
