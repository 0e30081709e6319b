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
from functools import partial
from typing import Any

from sqlalchemy import bindparam, insert, select, text, update

from app.cards import card_pages, queueing, reach, template_store
from app.cards.applying.carrying import apply
from app.cards.applying.reading import read_text
from app.cards.bulk import acts
from app.cards.card_pages import CHANGED, CREATED, Wanted
from app.cards.decision import HELD, PAUSED, WAITING
from app.cards.quality.kept import quality_findings, quality_reports
from app.cards.tables import cards
from app.core.db import ORGANIZATION
from app.core.unit_of_work import Reader, Transaction
from bench.worlds import GROUP, World, world
from tests.cards.conftest import NO_PICTURES

_FILE = f"templates: [{{name: Everybody}}, {{name: Nobody}}]\nbindings: [{{group: {GROUP}, template: Everybody}}]\n"
_CARD = update(cards).where(cards.c.organization_id == ORGANIZATION, cards.c.id == bindparam("card"))
RUNS = 9


def main() -> None:
    """Run the scenario once for each database."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), action="append")
    asked = parser.parse_args()
    for backend in asked.database or ("sqlite", "postgresql"):
        with world(backend, asked.people) as made:
            made.write(lambda tx: apply(tx, read_text(_FILE.encode(), NO_PICTURES)))
            made.write(_mix)
            sys.stdout.write(f"{backend}, {asked.people} people\n")
            for name, figure in _measured(made):
                sys.stdout.write(f"  {name:<44} {figure:8.1f} ms\n")


def _mix(tx: Transaction) -> None:
    """Other states and incomplete cards among the live ones, and times that are apart."""
    rows = tx.execute(select(cards.c.id, cards.c.person_id).where(cards.c.organization_id == ORGANIZATION)).all()
    for number, row in enumerate(rows):
        state = HELD if number % 1000 == 1 else WAITING if number % 200 == 2 else PAUSED if number % 100 == 3 else None
        if state is not None:
            since = tx.now if state == WAITING else None
            tx.execute(
                _CARD.values(state=state, paused_by_admin=state == PAUSED, waiting_since=since), {"card": row.id}
            )
    tx.execute(insert(quality_reports), {"run": "look", "looked_at": tx.now, "counts": {"incomplete-admin": len(rows)}})
    found = {"run": "look", "kind": "incomplete-admin", "template": "Everybody", "problem": "x", "remedy": "x"}
    tx.execute(
        insert(quality_findings),
        [{**found, "position": number, "person_id": row.person_id} for number, row in enumerate(rows)],
    )
    few = {"kind": "incomplete-holder", **{key: value for key, value in found.items() if key != "kind"}}
    tx.execute(
        insert(quality_findings),
        [{**few, "position": len(rows) + number, "person_id": row.person_id} for number, row in enumerate(rows[:300])],
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
    return acts.make_plan(reader, acts.PAUSE, list(card_pages.ids(reader, Wanted()))).fingerprint


def _timed(act: Callable[[], Any], runs: int = RUNS) -> float:
    taken = []
    for _ in range(runs):
        begun = time.perf_counter()
        act()
        taken.append((time.perf_counter() - begun) * 1000)
    return statistics.median(taken)


if __name__ == "__main__":
    main()
