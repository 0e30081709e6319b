"""What the directory's events do to sessions, in the transaction in which they happened."""

from __future__ import annotations

from app.auth.sign_in import sessions
from app.core.unit_of_work import Transaction
from app.directory.events import DocumentReplaced


def on_document_replaced(tx: Transaction, event: DocumentReplaced) -> None:
    """End the sessions of a person whom the directory deactivates or deletes."""
    if event.after is None:
        sessions.end_of_person(tx, event.person_id, "deleted from the directory")
    elif not event.after["active"]:
        sessions.end_of_person(tx, event.person_id, "deactivated by the directory")
