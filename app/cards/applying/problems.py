"""What is wrong with a file, by line; all of it is collected before anything is refused."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from app.core.errors import LanyardError


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One reason why the file is refused. `line` counts from 1."""

    line: int
    reason: str


class BadFileError(LanyardError):
    """The file is refused and nothing was changed. `problems` are in the order of the file."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(problems))
        super().__init__("; ".join(f"line {problem.line}: {problem.reason}" for problem in self.problems))


class Problems:
    """A collection of problems that grows while a file is read."""

    def __init__(self) -> None:
        self._found: set[Problem] = set()

    def add(self, line: int, reason: str) -> None:
        """Note that `line` is wrong; the same twice counts once."""
        self._found.add(Problem(line, reason))

    def refuse(self) -> None:
        """Raise BadFileError when there is any problem."""
        if self._found:
            raise BadFileError(self._found)
