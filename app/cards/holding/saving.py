"""Saving what a holder sent: all of it or nothing, and a line in the audit log about what may not be asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.cards import editing, issuing
from app.cards.holding import own_cards
from app.cards.holding.items import standings
from app.cards.holding.own_cards import OwnCard
from app.cards.holding.submission import Judgement, Submission, judge
from app.cards.view import PERSON
from app.core.errors import Collision, NotFound, Refused
from app.core.unit_of_work import Transaction

SUBJECT_LENGTH = 64
"""Characters of an address that were asked for and lead to no card, as the audit log keeps them."""
MOST_KEYS = 20


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a submission: saved when the judgement stands, else nothing was changed."""

    card: OwnCard
    """As it stood before."""
    judgement: Judgement


def save(tx: Transaction, person_id: str, public_id: str, submission: Submission, public_url: str) -> Outcome | None:
    """Set and give back what the submission says, if all of it may be; None where the person has no such card.

    What the form may not change, and a card that is not the person's, leave a line `card.edit_refused` and nothing
    else. Nobody else changes the person's cards from the judgement until the transaction ends. Raises Collision when
    the card's template changes in between, so that the judgement is made anew.
    """
    card = held(tx, person_id, public_id, public_url)
    if card is None:
        return None
    judgement = judge(submission, standings(card.source, card.view), card.settings)
    if judgement.locked:
        refuse_keys(tx, person_id, card.id, judgement.locked)
    elif judgement.stands:
        try:
            editing.edit(tx, card.public_id, judgement.values, judgement.reverted, PERSON)
        except (NotFound, Refused) as error:
            raise Collision("the card's template was changed at this very moment") from error
    return Outcome(card, judgement)


def held(tx: Transaction, person_id: str, public_id: str, public_url: str) -> OwnCard | None:
    """The person's card, which nobody else changes until the transaction ends.

    None where the person has no such card; that leaves a line in the audit log.
    """
    issuing.hold_people(tx, [person_id])
    card = own_cards.find(tx, person_id, public_id, public_url)
    if card is None:
        refuse_card(tx, person_id, public_id)
    return card


def refuse_keys(tx: Transaction, person_id: str, card_id: str, keys: Sequence[str]) -> None:
    """Leave a line in the audit log: the person asked to change items of their card that they may not."""
    refused = [key[:SUBJECT_LENGTH] for key in keys[:MOST_KEYS]]
    tx.audit("card.edit_refused", card_id, {"person": person_id, "reason": "locked", "keys": refused})


def refuse_card(tx: Transaction, person_id: str, public_id: str) -> None:
    """Leave a line in the audit log: the person asked to change a card that is not theirs."""
    tx.audit("card.edit_refused", public_id[:SUBJECT_LENGTH], {"person": person_id, "reason": "not theirs"})
