"""What the console's lists of people and groups cost with 100,000 people, and what being listed adds to a push.

    .venv/bin/python -m bench.people_list --people 100000 --database postgresql

Prints milliseconds, the least, the median and the most of several; the least is what an idle machine takes.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from app.cards import dossier, people_list
from app.cards.applying.carrying import apply
from app.cards.applying.reading import read_file
from app.cards.people_filters import NONE, Wanted
from app.cards.people_list import CALLED, CHANGED, NAME
from app.core.unit_of_work import Reader, Transaction
from app.directory import group_list, users
from bench.worlds import GROUP, World, person, settle, world

REPEATS = 7
WRITES = 300
CARDS = f"""
templates: [{{name: Staff, general: {{name: {{}}, title: {{}}}}}}]
bindings: [{{group: "{GROUP}", template: Staff}}]
"""
SORTS = ((NAME, False), (NAME, True), (CALLED, False), (CHANGED, True))
SEARCHES = {
    "everybody": Wanted(),
    "one": Wanted(search="person077777"),
    "two words": Wanted(search="given4 department 7"),
    "many": Wanted(search="given"),
    "nobody": Wanted(search="nobody is called so"),
    "active": Wanted(standing="active"),
    "left": Wanted(standing="left"),
    "blocked": Wanted(standing="blocked"),
    "card live": Wanted(state="live"),
    "card held": Wanted(state="held"),
    "without a card": Wanted(state=NONE),
    "nobody, live": Wanted(search="nobody is called so", state="live"),
    "many, held": Wanted(search="given", state="held"),
}


def main() -> None:
    """Measure, and print a line for each list."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), action="append")
    chosen = parser.parse_args()
    for backend in chosen.database or ("sqlite", "postgresql"):
        with world(backend, chosen.people) as made:
            _bind(made)
            settle(made)
            sys.stdout.write(f"{backend}, {chosen.people:,} people\n")
            _lists(made)
            _writes(made, chosen.people)


def _bind(made: World) -> None:
    with TemporaryDirectory(prefix="lanyard-bench-") as folder:
        path = Path(folder) / "file.yaml"
        path.write_text(CARDS)
        spec = read_file(path)
    made.write(lambda tx: apply(tx, spec))


def _lists(made: World) -> None:
    with made.database.read(made.organization_id) as reader:
        for name, wanted in SEARCHES.items():
            for sort, descending in SORTS:
                _say(f"{name}, by {sort}{' backwards' * descending}", _page_of(reader, wanted, sort, descending))
        deep = _place(reader, 200)
        _say("everybody, page 201", lambda: people_list.page(reader, Wanted(), NAME, deep))
        somebody = people_list.page(reader, Wanted(), NAME, deep)[1][0].id
        group_id = group_list.page(reader, "", None).rows[0].id
        _say("members of the large group", _page_of(reader, Wanted(group_id=group_id), NAME, False))
        _say("members by change", _page_of(reader, Wanted(group_id=group_id), CHANGED, True))
        _say("the page of a person", lambda: dossier.of_person(reader, somebody, "https://cards.example"))
        _say("groups", lambda: group_list.listed(reader, "", None))
        begun = time.perf_counter()
        number = sum(1 for _ in people_list.every(reader, Wanted()))
        sys.stdout.write(f"  everybody for a file: {number:,} in {time.perf_counter() - begun:.1f} s\n")


def _page_of(reader: Reader, wanted: Wanted, sort: str, descending: bool) -> Callable[[], Any]:
    return lambda: people_list.page(reader, wanted, sort, descending=descending)


def _place(reader: Reader, pages: int) -> str | None:
    place = None
    for _ in range(pages):
        place = people_list.page(reader, Wanted(), NAME, place)[0].later
    return place


def _say(name: str, ask: Callable[[], Any]) -> None:
    ask()
    times = []
    for _ in range(REPEATS):
        begun = time.perf_counter()
        ask()
        times.append((time.perf_counter() - begun) * 1000)
    sys.stdout.write(f"  {name:<40} {min(times):7.1f} {statistics.median(times):7.1f} {max(times):7.1f}\n")


def _writes(made: World, people: int) -> None:
    """Records that come, and titles that change, each in a transaction of its own."""
    ids: list[str] = []

    def come(number: int) -> None:
        ids.append(made.write(lambda tx: users.create(tx, person(number))).id)

    def change(number: int) -> None:
        def work(tx: Transaction) -> None:
            user = users.lock(tx, ids[number - people])
            users.replace_document(tx, user, {**user.document, "title": "Another"})

        made.write(work)

    for name, act in (("create", come), ("another title", change)):
        times = []
        for number in range(people, people + WRITES):
            begun = time.perf_counter()
            act(number)
            times.append((time.perf_counter() - begun) * 1000)
        sys.stdout.write(f"  {name:<40} {min(times):7.2f} {statistics.median(times):7.2f} {max(times):7.2f}\n")


if __name__ == "__main__":
    main()
