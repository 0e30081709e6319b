"""Publishing a draft and restoring a version: one row is written, and every card shows it at its next view."""

from __future__ import annotations

from dataclasses import dataclass

from app.attributes.folding import fold
from app.cards import bindings, issuing, template_store
from app.cards.fingerprints import ensure_planned, fingerprint
from app.cards.layout import Layout
from app.cards.template_store import Template
from app.cards.versioning import drafts, history
from app.core.errors import Refused
from app.core.unit_of_work import Reader, Transaction


@dataclass(frozen=True, slots=True)
class Proposal:
    """A template as it is, and as it would be in its next version."""

    before: Template
    after: Template

    @property
    def fingerprint(self) -> str:
        """Another one whenever publishing would do something else (cards.fingerprints)."""
        return fingerprint([self.before.id, self.before.version, self.after.name, self.after.layout.to_json()])


def of_draft(reader: Reader, template: Template) -> Proposal:
    """What publishing the template's draft would make of it.

    Raises NotFound when there is no draft, Refused when it cannot be published as things are.
    """
    draft = drafts.needed(reader, template)
    if not draft.is_of(template):
        raise Refused(
            f"the draft of {template.name} was made from version {draft.based_on}, and version {template.version} has"
            " been published since; make the draft again, so that nothing of that version is lost"
        )
    _ensure_name_is_free(reader, template, draft.name)
    return _proposal(reader, template, draft.name, draft.layout)


def of_version(reader: Reader, template: Template, number: int) -> Proposal:
    """What restoring a version would make of the template: its layout comes back, the template's name stays.

    Raises NotFound for a version that was not kept, Refused when there is nothing to restore or it cannot be.
    """
    version = history.find(reader, template, number)
    if version.number == template.version:
        raise Refused(f"version {number} of {template.name} is the present one")
    proposal = _proposal(reader, template, template.name, version.layout)
    if proposal.after == template:
        raise Refused(f"{template.name} says what it said in version {number} already")
    return proposal


def publish(tx: Transaction, name: str, plan: str | None = None) -> Proposal:
    """Make the draft of the template of this name its next version; says what it was and is.

    `plan` is the fingerprint of the proposal that was looked at. Raises PlanChangedError when this is another one, and
    as `of_draft` does; nothing is changed then.
    """
    proposal = of_draft(tx, _take(tx, name))
    ensure_planned(proposal, plan)
    template_store.change(tx, [proposal.after])
    drafts.remove(tx, proposal.before)
    return proposal


def restore(tx: Transaction, name: str, number: int, plan: str | None = None) -> Proposal:
    """Publish the layout of an earlier version again, as the next one; a draft stays, and is then of an old version.

    `plan` is as for `publish`. Raises PlanChangedError when this is another one, and as `of_version` does.
    """
    proposal = of_version(tx, _take(tx, name), number)
    ensure_planned(proposal, plan)
    template_store.update_next(tx, [proposal.after])
    after = proposal.after
    tx.audit("template.restored", after.id, {"name": after.name, "version": after.version, "from": number})
    return proposal


def _take(tx: Transaction, name: str) -> Template:
    # What groups are bound must stay as it is as well: a bound template has to sync something.
    issuing.hold_seats(tx)
    return template_store.lock(tx, name)


def _proposal(reader: Reader, template: Template, name: str, layout: Layout) -> Proposal:
    after = template_store.next_version(template, name, layout)
    if not after.layout.synced:
        groups = [one.group.text for one in bindings.every(reader) if one.template_id == template.id]
        if groups:
            raise Refused(
                f"{template.name} is bound to {', '.join(groups)}, and would sync nothing from the directory; "
                "give at least one item a sync mode other than never"
            )
    return Proposal(template, after)


def _ensure_name_is_free(reader: Reader, template: Template, name: str) -> None:
    if fold(name) == template.key:
        return
    if any(other.key == fold(name) for other in template_store.every(reader)):
        raise Refused(f"there is a template {name!r} already; give the draft of {template.name} another name")
