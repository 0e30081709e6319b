"""One write that a sender asks for, from its body to what is done in a transaction: alone or within a bulk request."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from app.core.unit_of_work import Transaction
from app.scim.kinds import Kept, Kind
from app.scim.protocol.etags import UNCONDITIONAL, Conditions
from app.scim.protocol.messages import read_patch


@dataclass(frozen=True, slots=True)
class Wish:
    """A POST, PUT, PATCH or DELETE (without `body`) of one resource; of a POST, `resource_id` is the id that the new
    resource gets, None to have one made."""

    method: str
    kind: Kind[Any]
    resource_id: str | None = None
    body: Any = None
    conditions: Conditions = UNCONDITIONAL


Witness = Callable[[Transaction, Kept | None, Kept | None], None]
"""Is told, in the transaction, the record before (None for a POST) and after (None for a DELETE)."""


def prepare(wish: Wish, witness: Witness) -> Callable[[Transaction], Kept | None]:
    """What fulfils the wish in a transaction, tells the witness, and returns the record, None after a DELETE.

    Raises ScimError and what else a malformed body makes (attributes.documents.InvalidValue, paths.InvalidPath); the
    function ScimError (412 among them), InvalidValue, NotFound, Conflict.
    """
    kind = wish.kind
    if wish.method == "POST":
        creating = kind.creating(wish.body, wish.resource_id)

        def create(tx: Transaction) -> Kept | None:
            record: Kept = creating(tx)
            witness(tx, None, record)
            return record

        return create
    change = _CHANGES[wish.method](kind, wish.body)

    def fulfil(tx: Transaction) -> Kept | None:
        record = kind.lock(tx, wish.resource_id or "")
        wish.conditions.check_before_write(record.version)
        after = change(tx, record)
        witness(tx, record, after)
        return after

    return fulfil


Change = Callable[[Transaction, Any], Kept | None]

_CHANGES: dict[str, Callable[[Kind[Any], Any], Change]] = {
    "PUT": lambda kind, body: kind.replacing(body),
    "PATCH": lambda kind, body: kind.modifying(read_patch(body)),
    "DELETE": lambda kind, _: kind.remove,
}
