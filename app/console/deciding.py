"""Acts on many cards: what will happen is shown with names and counts; exactly that happens, or it is asked again.

Chosen are cards by their ids (fields `id`), or all that a list shows (`every`, its search and filters as `filter.…`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from http import HTTPStatus

from flask import Response, request

from app.auth.sign_in import asking
from app.cards import by_hand, card_pages, moving, previewing, template_store
from app.cards.bulk import acts, errands
from app.cards.bulk.acts import ActPlan, Planned
from app.cards.card_pages import Wanted
from app.cards.fingerprints import PlanChangedError, ensure_planned
from app.cards.previewing import Preview
from app.cards.template_store import Template
from app.console import notices, saying, shell
from app.core.errors import Refused
from app.core.unit_of_work import Reader
from app.web import scope

CARD, EVERY, ACT, TO, PLAN = "id", "every", "do", "template", "plan"
FILTER = "filter."
FILTERS = ("search", "state", "template", "paused_by", "lacking")
FIELDS = tuple(Planned.__dataclass_fields__)
NAMED = 50
"""How many cards a page names."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """What an act is about. `wanted` is what the list showed, where all of it is chosen."""

    cards: tuple[str, ...]
    wanted: Wanted | None
    hidden: tuple[tuple[str, str], ...]
    """The same as fields of a form."""

    def look(self, reader: Reader) -> list[Planned]:
        """The cards that are chosen, as they are. Raises NotFound for one that was named and is none."""
        if self.wanted is None:
            return acts.look(reader, [card.public_id for card in by_hand.find(reader, self.cards)])
        return [
            Planned(**{name: getattr(row, name) for name in FIELDS}) for row in card_pages.walk(reader, self.wanted)
        ]


def chosen(only_state: str | None = None) -> Chosen:
    """What the form of this request chose; `only_state` is that of all cards in the list. Raises Refused: nothing."""
    form = request.form
    if EVERY in form:
        filters = {name: form[FILTER + name] for name in FILTERS if form.get(FILTER + name)}
        wanted = Wanted(
            search=filters.get("search", ""),
            state=only_state or filters.get("state"),
            paused_by=filters.get("paused_by"),
            template_id=filters.get("template"),
            lacking=filters.get("lacking"),
        )
        return Chosen((), wanted, ((EVERY, "yes"), *((FILTER + name, value) for name, value in filters.items())))
    listed = tuple(dict.fromkeys(form.getlist(CARD)))
    if not listed:
        raise Refused("choose the cards first, or all that the list shows")
    return Chosen(listed, None, tuple((CARD, one) for one in listed))


@dataclass(frozen=True, slots=True)
class Looked:
    """What was found out for a page: the plan, the move field by field where it is one, and names."""

    plan: ActPlan
    fields: tuple[Preview, ...]
    names: tuple[card_pages.CardInList, ...]
    fingerprint: str


def look(reader: Reader, act: str, what: Chosen, template: Template | None) -> Looked:
    """What the act would do. Raises Refused."""
    plan = acts.plan(act, what.look(reader), template)
    fields: Sequence[Preview] = ()
    fingerprint = plan.fingerprint
    if template is not None and plan.changed:
        if len(plan.changed) <= acts.AT_ONCE:
            move = moving.make_plan(reader, plan.ids, template.name, scope.settings().public_url)
            fields, fingerprint = move.cards[:NAMED], move.fingerprint
        else:
            fields = previewing.move(reader, plan.ids[:NAMED], template, scope.settings().public_url)
    named = card_pages.named(reader, plan.ids[:NAMED])
    return Looked(plan, tuple(fields), tuple(named), fingerprint)


def ask(act: str, *, section: str, to: str, changed: bool = False, only_state: str | None = None) -> Response:
    """The page that says what the act would do to what is chosen, and asks. `to` is the path it is done at."""
    what = chosen(only_state)
    with shell.reading() as reader:
        templates = template_store.every(reader) if act == acts.MOVE else []
        template = _target(reader) if act == acts.MOVE else None
        looked = look(reader, act, what, template) if act != acts.MOVE or template is not None else None
    return shell.page(
        "deciding.html",
        title=saying.TITLES[act],
        section=section,
        act=act,
        what=what,
        templates=templates,
        target=template,
        looked=looked,
        sentences=saying.sentences(looked.plan) if looked else [],
        to=to,
        at_once=acts.AT_ONCE,
        changed=changed,
        status=HTTPStatus.CONFLICT if changed else HTTPStatus.OK,
    )


def do(act: str, *, section: str, path: str, to: str, only_state: str | None = None) -> Response:
    """Do what was looked at; where that has become another plan, show that and ask again."""
    what, expected = chosen(only_state), request.form.get(PLAN, "")
    with shell.reading() as reader:
        template = _target(reader) if act == acts.MOVE else None
        if act == acts.MOVE and template is None:
            raise Refused("say which template the cards move to", TO)
        plan = acts.plan(act, what.look(reader), template)
    try:
        if len(plan.changed) > acts.AT_ONCE:
            return _later(plan, expected)
        if template is not None:
            public_url = scope.settings().public_url
            moved = asking.write(lambda tx: moving.move(tx, plan.ids, template.name, public_url, expected))
            count = len(moved.cards)
        else:
            count = len(asking.write(lambda tx: acts.carry_out(tx, act, plan.ids, None, expected)).changed)
    except PlanChangedError:
        return ask(act, section=section, to=to, changed=True, only_state=only_state)
    return notices.go(path, saying.done(act, count))


def _later(plan: ActPlan, expected: str) -> Response:
    """Have a job do it, piece by piece. Raises PlanChangedError where it is another plan by now."""
    ensure_planned(plan, expected)
    template = plan.template
    detail = {"template": template.name, "version": template.version} if template is not None else {}
    errand = asking.write(
        lambda tx: errands.ask(tx, plan.act, expected, cards=plan.ids, total=len(plan.changed), **detail)
    )
    return notices.go(f"/console/errands/{errand}", "Lanyard has begun.")


def fields_of(
    reader: Reader, what: Chosen, template: Template, public_url: str
) -> Iterable[tuple[str, str, str | None, str | None]]:
    """Everything that a move would show differently: the card, the label, the value now, the value then."""
    plan = acts.plan(acts.MOVE, what.look(reader), template)
    for start in range(0, len(plan.changed), acts.AT_ONCE):
        listed = plan.ids[start : start + acts.AT_ONCE]
        for one in previewing.move(reader, listed, template, public_url):
            for label, now, then in one.differences():
                yield one.public_id, label, now, then


def move_target() -> Template:
    """The template that the form of this request names. Raises Refused."""
    with shell.reading() as reader:
        template = _target(reader)
    if template is None:
        raise Refused("say which template the cards move to", TO)
    return template


def _target(reader: Reader) -> Template | None:
    """The template that the form of this request names; None while it names none. Raises NotFound."""
    name = request.form.get(TO, "")
    return template_store.find(reader, name) if name else None
