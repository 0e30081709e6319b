"""The job that carries out errands: cards in pieces, so that pushes never wait long; bindings as a whole or not."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TypeVar

from app.cards import template_store
from app.cards.applying.carrying import apply
from app.cards.applying.problems import BadFileError
from app.cards.applying.spec import BindingSpec, FileSpec
from app.cards.bindings import GroupName
from app.cards.bulk import acts, errands
from app.cards.bulk.errands import CHANGED, DONE, FAILED, Errand
from app.cards.decision import KINDS_OF_CHANGE
from app.cards.fingerprints import PlanChangedError
from app.cards.template_store import Template
from app.core.errors import LanyardError, Unavailable
from app.core.jobs.running import ACTOR, Working
from app.core.unit_of_work import Reader, Transaction
from app.directory import organizations

BIND = "bind"
"""The kind of errand that makes a list of bindings the organization's; all others are acts on cards."""

T = TypeVar("T")
Write = Callable[[Callable[[Transaction], T]], T]


def carry_out(working: Working) -> str:
    """Carry out what waits, organization by organization; says how many errands. Raises Unavailable.

    What was broken off goes on where it was.
    """
    with working.database.read(None) as reader:
        every = organizations.every(reader)
    carried = 0
    for organization in every:
        with working.database.read(organization.id) as reader:
            waiting = errands.open_ones(reader)
        for errand in waiting:
            _carry_out(working, organization.id, errand)
        carried += len(waiting)
        working.database.write(errands.forget, organization_id=organization.id, actor=ACTOR)
    return f"Carried out {carried} {'errand' if carried == 1 else 'errands'}."


def _carry_out(working: Working, organization_id: str, errand: Errand) -> None:
    def write(work: Callable[[Transaction], object]) -> object:
        return working.database.write(
            work, organization_id=organization_id, actor=errand.actor, request_id=working.request_id
        )

    try:
        if errand.kind == BIND:
            write(partial(_bind, errand))
            return
        with working.database.read(organization_id) as reader:
            listed, template = errands.cards_of(reader, errand.id), _template(reader, errand)
        if template is not None and template.version != errand.detail["version"]:
            write(lambda tx: errands.finish(tx, errand.id, CHANGED, _OTHER_VERSION.format(template.name)))
            return
        for start in range(errand.done, len(listed), acts.AT_ONCE):
            if not write(partial(_piece, errand, listed[start : start + acts.AT_ONCE], start, template)):
                return
        write(lambda tx: errands.finish(tx, errand.id, DONE, _told(errands.find(tx, errand.id))))
    except Unavailable:
        raise
    except (PlanChangedError, BadFileError, LanyardError) as error:
        outcome = CHANGED if isinstance(error, PlanChangedError) else FAILED
        said = _OTHER_PLAN if outcome == CHANGED else str(error)
        write(lambda tx: errands.finish(tx, errand.id, outcome, said))


_OTHER_VERSION = "{} was published anew meanwhile, so cards would show something else there. Look at the move again."
_OTHER_PLAN = "The directory changed something meanwhile, so this would no longer do what you saw. Nothing was changed."


def _piece(errand: Errand, listed: list[str], start: int, template: Template | None, tx: Transaction) -> bool:
    if not errands.advance(tx, errand.id, start, start + len(listed), 0):
        return False
    changed = acts.carry_out_piece(tx, errand.kind, listed, template)
    return errands.advance(tx, errand.id, start + len(listed), start + len(listed), len(listed) - changed)


def _bind(errand: Errand, tx: Transaction) -> None:
    spec = FileSpec(bindings=tuple(_binding(one) for one in errand.detail["bindings"]))
    plan = apply(tx, spec, errand.plan)
    errands.advance(tx, errand.id, 0, errand.total, 0)
    cards = sum(one.kind in KINDS_OF_CHANGE for one in plan.cards.changes)
    did = f"{cards:,} {'card' if cards == 1 else 'cards'} changed"
    errands.finish(tx, errand.id, DONE, f"The bindings are saved; {did}.")


def as_rows(spec: FileSpec) -> list[list[str | None]]:
    """The bindings of a file as an errand keeps them: name, external id, template, exclusive set."""
    return [[one.group.display_name, one.group.external_id, one.template, one.exclusive] for one in spec.bindings or ()]


def _binding(row: list[str | None]) -> BindingSpec:
    display_name, external_id, template, exclusive = row
    return BindingSpec(GroupName(display_name, external_id), template or "", exclusive, line=1)


def _template(reader: Reader, errand: Errand) -> Template | None:
    name = errand.detail.get("template")
    return template_store.find(reader, name) if name else None


def _told(errand: Errand) -> str:
    left = f" {errand.skipped:,} had changed meanwhile and were left alone." if errand.skipped else ""
    return f"{errand.total - errand.skipped:,} of {errand.total:,} cards: done.{left}"
