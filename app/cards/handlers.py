"""What the directory's events do to cards, in the transaction in which they happened."""

from __future__ import annotations

from app.auth.sign_in.events import SignedIn
from app.auth.sign_in.identity import WAITING, NotAdmitted
from app.cards import bindings, claiming, following, issuing, rule_book, situation
from app.core.unit_of_work import Transaction
from app.directory import organizations
from app.directory.events import DocumentReplaced, GroupNamed, GroupRemoved, PeopleChanged


def on_people_changed(tx: Transaction, event: PeopleChanged) -> None:
    """Issue, move, pause and resume the cards of those whose groups or activity changed."""
    issuing.reconcile(tx, event.person_ids, pushed=True, joined_or_left=event.group_id)


def on_document_replaced(tx: Transaction, event: DocumentReplaced) -> None:
    """Note which cards show something else, and save what `once` items showed before the push changes it."""
    following.follow(tx, event)


def on_group_named(tx: Transaction, event: GroupNamed) -> None:
    """Have bindings that wait for the group find it, and issue its members' cards."""
    organizations.share(tx)
    _resolve(tx, event.group_id)


def on_group_removed(tx: Transaction, event: GroupRemoved) -> None:
    """Have the group's bindings wait for another; its members are looked at by an event of their own."""
    organizations.share(tx)
    if rule_book.read(tx).binds(event.group_id):
        issuing.be_alone(tx, event.group_id)
        bindings.return_to_waiting(tx, event.group_id)
    _resolve(tx, event.group_id)


def on_signed_in(tx: Transaction, event: SignedIn) -> None:
    """Have a person who signs in hold their cards. Raises NotAdmitted where all of them wait, unless a role opens."""
    if not event.has_role and claiming.all_wait(tx, event.person_id):
        raise NotAdmitted(WAITING, event.who, "has no card yet: each of theirs waits for a seat")
    claiming.claim_for_person(tx, event.person_id)


def _resolve(tx: Transaction, group_id: str) -> None:
    if not bindings.can_resolve(tx):
        return
    # Who reads the rules, then waits for a person that is held here, would go on with rules of before. So everybody
    # who has read them is waited for, and who comes later reads them when this is done; it happens once for a binding.
    issuing.be_alone(tx, group_id)
    found = bindings.resolve_waiting(tx)
    if found:
        issuing.reconcile(tx, situation.members(tx, found), pushed=True)
