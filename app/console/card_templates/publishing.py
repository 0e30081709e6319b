"""Publishing a draft and restoring a version: what it would change on whose cards, and then exactly that."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from flask import Response, request

from app.auth.sign_in import asking
from app.auth.sign_in.asking import role
from app.auth.sign_in.roles import CHANGE, SEE, TEMPLATES
from app.cards import template_list, template_store
from app.cards.decision import PAUSED
from app.cards.fingerprints import PlanChangedError
from app.cards.template_store import Template
from app.cards.versioning import drafts, effects, publishing
from app.cards.versioning.differences import differences, sentence
from app.cards.versioning.effects import Effect, Tally
from app.cards.versioning.publishing import Proposal
from app.console import exports, notices, shell
from app.console.card_templates.words import PATH, SECTION
from app.console.shell import BOTH, GET
from app.core.errors import Refused
from app.core.unit_of_work import Reader, Transaction

MOST_CARDS = 1_000
"""Cards that a page looks at; of more, the CSV tells all."""
EXAMPLES = 10
COLUMNS = ("person", "card", "item", "now", "then", "missing")

Propose = Callable[[Reader, Template], Proposal]


@dataclass(slots=True)
class Outlook:
    """What a proposal does to cards, as far as it was looked at."""

    cards: int
    """Cards of the template that show something: all but the paused."""
    tally: Tally
    examples: list[Effect] = field(default_factory=list)

    @property
    def is_partial(self) -> bool:
        """Whether not all cards were looked at."""
        return self.cards > MOST_CARDS


@role(TEMPLATES, CHANGE)
def publish(template_id: str) -> Response:
    """GET /console/templates/<id>/publish: what it would do. POST: do that, or show what it would do by now."""
    with shell.reading() as reader:
        present = template_store.with_id(reader, template_id)
        if drafts.find(reader, present) is None:
            return notices.go(f"{PATH}/{template_id}", f"{present.name} has no draft any more.")
    return _answer(
        template_id,
        f"{PATH}/{template_id}/publish",
        publishing.of_draft,
        publishing.publish,
        title="Publish the draft of {}",
        act="Publish version {}",
    )


@role(TEMPLATES, CHANGE)
def restore(template_id: str, number: int) -> Response:
    """GET and POST /console/templates/<id>/versions/<number>/restore, in the same way."""
    return _answer(
        template_id,
        f"{PATH}/{template_id}/versions/{number}/restore",
        lambda reader, template: publishing.of_version(reader, template, number),
        lambda tx, name, plan: publishing.restore(tx, name, number, plan),
        title=f"Restore version {number} of {{}}",
        act=f"Restore version {number} as version {{}}",
    )


@role(TEMPLATES, SEE)
def effects_as_csv(template_id: str) -> Response:
    """GET /console/templates/<id>/publish.csv: every value that publishing the draft would change, on every card."""
    return _csv(template_id, publishing.of_draft)


@role(TEMPLATES, SEE)
def restoring_as_csv(template_id: str, number: int) -> Response:
    """GET /console/templates/<id>/versions/<number>/restore.csv: the same of restoring that version."""
    return _csv(template_id, lambda reader, template: publishing.of_version(reader, template, number))


def _answer(
    template_id: str,
    to: str,
    propose: Propose,
    act_on: Callable[[Transaction, str, str], Proposal],
    *,
    title: str,
    act: str,
) -> Response:
    changed = None
    if request.method == "POST":
        plan = request.form.get("plan", "")
        try:
            done = asking.write(lambda tx: act_on(tx, template_store.with_id(tx, template_id).name, plan))
        except PlanChangedError:
            changed = "This has changed since you looked, so nothing was done. Here is what would happen now."
        else:
            said = f"{done.after.name} is published in version {done.after.version}; every card of it shows that now."
            return notices.go(f"{PATH}/{template_id}", said)
    with shell.reading() as reader:
        template = template_store.with_id(reader, template_id)
        try:
            proposal = propose(reader, template)
        except Refused as refusal:
            return shell.refused(
                str(refusal), title=title.format(template.name), section=SECTION, back=f"{PATH}/{template_id}"
            )
        outlook = _outlook(reader, proposal)
    return shell.page(
        "templates/publish.html",
        title=title.format(template.name),
        section=SECTION,
        status=409 if changed else 200,
        error=changed,
        subject=template,
        proposal=proposal,
        changes=sentence(differences(proposal.before, proposal.after)),
        outlook=outlook,
        most=MOST_CARDS,
        act=act.format(proposal.after.version),
        to=to,
    )


def _outlook(reader: Reader, proposal: Proposal) -> Outlook:
    listed = template_list.one(reader, proposal.before.id)
    outlook = Outlook(sum(number for state, number in listed.cards.items() if state != PAUSED), Tally())
    found = effects.effects(reader, proposal.before, proposal.after, most=MOST_CARDS)
    for effect in outlook.tally.counting(found):
        if effect.changes and len(outlook.examples) < EXAMPLES:
            outlook.examples.append(effect)
    return outlook


def _csv(template_id: str, propose: Propose) -> Response:
    with shell.reading() as reader:
        proposal = propose(reader, template_store.with_id(reader, template_id))
    return exports.csv("changes", COLUMNS, lambda reader: _lines(reader, proposal))


def _lines(reader: Reader, proposal: Proposal) -> Iterator[tuple[str | None, ...]]:
    for effect in effects.effects(reader, proposal.before, proposal.after):
        missing = ", ".join(effect.missing)
        for label, (now, then) in effect.changes.items():
            yield effect.person, effect.public_id, label, now, then, missing
        if not effect.changes:
            yield effect.person, effect.public_id, None, None, None, missing


ROUTES: shell.Routes = (
    ("/templates/<template_id>/publish", publish, BOTH),
    ("/templates/<template_id>/publish.csv", effects_as_csv, GET),
    ("/templates/<template_id>/versions/<int:number>/restore", restore, BOTH),
    ("/templates/<template_id>/versions/<int:number>/restore.csv", restoring_as_csv, GET),
)
