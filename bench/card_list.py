"""What the list of cards costs: each order, filter and search, a later page, the queue, and planning for all of them.

    .venv/bin/python -m bench.card_list --people 100000 --database sqlite

Milliseconds, the median of several. Of these cards one in a hundred is paused by an admin, one in a thousand held, and
one in two hundred waits for a seat.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

from sqlalchemy import insert, select, text

from app.cards import card_pages, queueing, reach, template_store
from app.cards.applying.carrying import apply
from app.cards.applying.reading import read_text
from app.cards.bulk import acts
from app.cards.bulk.acts import Planned
from app.cards.card_pages import CHANGED, CREATED, Wanted
from app.cards.decision import HELD, LIVE, PAUSED, WAITING
from app.cards.public_ids import new_public_id
from app.cards.quality.kept import quality_findings, quality_reports
from app.cards.tables import cards
from app.core.db import ORGANIZATION
from app.core.ids import new_id
from app.core.unit_of_work import Reader, Transaction
from app.directory.tables import people, scim_users
from bench.worlds import BATCH, GROUP, World, person, world
from tests.cards.conftest import NO_PICTURES

_FILE = f"templates: [{{name: Everybody}}, {{name: Nobody}}]\nbindings: [{{group: {GROUP}, template: Everybody}}]\n"
RUNS = 5


def main() -> None:
    """Run the scenario once for each database."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), action="append")
    asked = parser.parse_args()
    for backend in asked.database or ("sqlite", "postgresql"):
        with world(backend, 1) as made:
            made.write(lambda tx: apply(tx, read_text(_FILE.encode(), NO_PICTURES)))
            for first in range(1, asked.people, BATCH):
                made.write(partial(_fill, first, min(first + BATCH, asked.people)))
            made.write(_mix)
            sys.stdout.write(f"{backend}, {asked.people} people\n")
            for name, figure in _measured(made):
                sys.stdout.write(f"  {name:<44} {figure:8.1f} ms\n")


def _fill(first: int, last: int, tx: Transaction) -> None:
    """People with numbers in this range, each with a card, written as rows: nothing here looks at how they came."""
    [everybody] = [one.id for one in template_store.every(tx) if one.name == "Everybody"]
    documents = [person(number) for number in range(first, last)]
    ids = [(new_id(), new_id(), new_id()) for _ in documents]
    tx.execute(insert(people), [{"id": one[0], "created_at": tx.now} for one in ids])
    tx.execute(
        insert(scim_users),
        [
            {
                "id": one[1], "person_id": one[0], "user_name": document["userName"],
                "user_name_key": document["userName"], "external_id": document["externalId"], "active": True,
                "display_name": document["displayName"], "document": document, "folded": document, "version": 1,
                "created_at": tx.now, "modified_at": tx.now,
            }
            for one, document in zip(ids, documents, strict=True)
        ],
    )  # fmt: skip
    tx.execute(
        insert(cards),
        [
            _card(number, {"id": one[2], "person_id": one[0], "template_id": everybody}, tx)
            for number, one in enumerate(ids, start=first)
        ],
    )


def _card(number: int, whose: dict[str, str], tx: Transaction) -> dict[str, Any]:
    state = HELD if number % 1000 == 1 else WAITING if number % 200 == 2 else PAUSED if number % 100 == 3 else LIVE
    at = tx.now + timedelta(microseconds=number)
    return {
        **whose, "public_id": new_public_id(), "by_binding": True, "state": state, "wanted": True, "kept": False,
        "paused_by_admin": state == PAUSED, "waiting_since": tx.now if state == WAITING else None, "version": 1,
        "created_at": at, "modified_at": at,
    }  # fmt: skip


def _mix(tx: Transaction) -> None:
    """Findings: all cards lack something that an admin can fill, 300 something that their holders can."""
    rows = tx.execute(select(cards.c.person_id).where(cards.c.organization_id == ORGANIZATION)).all()
    counts = {"incomplete-admin": len(rows), "incomplete-holder": 300}
    tx.execute(insert(quality_reports), {"run": "look", "looked_at": tx.now, "counts": counts})
    found = {"run": "look", "template": "Everybody", "problem": "x", "remedy": "x"}
    listed = [("incomplete-admin", row) for row in rows] + [("incomplete-holder", row) for row in rows[:300]]
    tx.execute(
        insert(quality_findings),
        [
            {**found, "kind": kind, "position": position, "person_id": row.person_id}
            for position, (kind, row) in enumerate(listed)
        ],
    )


def _measured(made: World) -> list[tuple[str, float]]:
    with made.database.read(made.organization_id) as reader:
        if reader.dialect == "postgresql":
            reader.execute_across(text("ANALYZE"))
        names = {one.name: one.id for one in template_store.every(reader)}
        asked = {
            "everything": Wanted(),
            "live": Wanted(state="live"),
            "held": Wanted(state="held"),
            "paused by an admin": Wanted(paused_by="admin"),
            "paused by the directory (none)": Wanted(paused_by="directory"),
            "a template": Wanted(template_id=names["Everybody"]),
            "a template without cards": Wanted(template_id=names["Nobody"]),
            "a template, held": Wanted(template_id=names["Everybody"], state="held"),
            "one person": Wanted(search="person045678"),
            "many people": Wanted(search="bench person0"),
            "nobody": Wanted(search="somebody else"),
            "few, held": Wanted(search="person0456", state="held"),
            "incomplete (all)": Wanted(lacking="admin"),
            "incomplete (300)": Wanted(lacking="holder"),
            "incomplete (none)": Wanted(lacking="directory"),
        }
        figures = []
        for name, wanted in asked.items():
            for sort in (CHANGED, CREATED):
                figures.append((f"{name}, by {sort}", _timed(partial(card_pages.page, reader, wanted, sort))))
        place = None
        for _ in range(20):
            place = card_pages.page(reader, Wanted(), CHANGED, place)[0].later
        figures.append(
            ("everything, the 21st page", _timed(partial(card_pages.page, reader, Wanted(), CHANGED, place)))
        )
        figures.append(("the queue for seats", _timed(lambda: queueing.page(reader))))
        figures.append(("cards that are up, by template", _timed(lambda: reach.cards_up(reader))))
        figures.append(("plan to pause everything", _timed(lambda: _plan(reader), runs=1)))
        return figures


def _plan(reader: Reader) -> str:
    fields = tuple(Planned.__dataclass_fields__)
    rows = card_pages.walk(reader, Wanted())
    listed = [Planned(**{name: getattr(row, name) for name in fields}) for row in rows]
    return acts.plan(acts.PAUSE, listed).fingerprint


def _timed(act: Callable[[], Any], runs: int = RUNS) -> float:
    taken = []
    for _ in range(runs):
        begun = time.perf_counter()
        act()
        taken.append((time.perf_counter() - begun) * 1000)
    return statistics.median(taken)


if __name__ == "__main__":
    main()
