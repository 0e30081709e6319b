"""Which handlers answer which event; all of them run in the transaction of the event."""

from __future__ import annotations

from app.auth.sign_in import handlers as sign_in
from app.auth.sign_in.events import SignedIn
from app.cards import handlers as cards
from app.core.events import Handlers
from app.directory.events import DocumentReplaced, GroupNamed, GroupRemoved, PeopleChanged

HANDLERS: Handlers = {
    PeopleChanged: (cards.on_people_changed,),
    DocumentReplaced: (cards.on_document_replaced, sign_in.on_document_replaced),
    GroupNamed: (cards.on_group_named,),
    GroupRemoved: (cards.on_group_removed,),
    SignedIn: (cards.on_signed_in,),
}
