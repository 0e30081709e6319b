"""Carrying out bulk requests (RFC 7644 §3.7).

Each operation is a transaction of its own, as if it had come alone; operations that refer to each other in a circle are
one, because none of them makes sense without the others. So what was done stays done, whatever happens to the rest, and
a server that stops in the middle leaves whole operations. Ids of new resources are chosen before anything begins:
references are put in place in the bodies, and nothing has to be written twice.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from app.core.errors import NotFound, Unavailable
from app.core.ids import new_id
from app.core.unit_of_work import Transaction
from app.scim.acting import Wish
from app.scim.kinds import KINDS, Kept
from app.scim.protocol import bulk
from app.scim.protocol.bulk import BulkOperation, BulkRequest
from app.scim.protocol.errors import ScimError, invalid_value
from app.scim.protocol.etags import entity_tag, read_conditions
from app.scim.recording import Asked
from app.scim.resources import Locations
from app.scim.responses import scim_error_of

Records = list[Kept | None]


@dataclass(frozen=True, slots=True)
class Ways:
    """How a request's operations are written and recorded."""

    write: Callable[[Callable[[Transaction], Records]], Records]
    """Commits what a function does in a transaction; answers what it returns."""
    fulfilling: Callable[[Wish, int], Callable[[Transaction], Kept | None]]
    """What fulfils a wish that is answered with a status, as `acting.prepare`."""
    refused: Callable[[ScimError, Exception, Asked], None]
    """Told of each operation that was not done: the answer, what led to it, what was asked for."""


_KINDS = {kind.resource_type.endpoint: kind for kind in KINDS}


def carry_out(request: BulkRequest, ways: Ways, locations: Locations) -> list[dict[str, Any]]:
    """The results of what was attempted, in the order in which it was sent.

    Nothing more is attempted after `fail_on_errors` errors, or once the database is away. Raises Unavailable when the
    database went away before anything was done.
    """
    return _Run(request, ways, locations).results()


class _Run:
    """One bulk request under way."""

    def __init__(self, request: BulkRequest, ways: Ways, locations: Locations) -> None:
        self._operations = request.operations
        self._most_errors = request.fail_on_errors or len(request.operations)
        self._ways = ways
        self._locations = locations
        self._ids = {one.bulk_id: new_id() for one in request.operations if one.method == "POST" and one.bulk_id}
        self._failed: set[str] = set()
        self._errors = 0
        self._results: dict[int, dict[str, Any]] = {}

    def results(self) -> list[dict[str, Any]]:
        """Do what is asked for, as far as it goes."""
        for unit in bulk.in_order(self._operations):
            if self._errors >= self._most_errors:
                break
            try:
                self._attempt(unit)
            except Unavailable as error:
                if len(self._results) == self._errors:
                    raise
                self._refuse(unit, unit[0], error)
                break
        return [self._results[place] for place in sorted(self._results)]

    def _attempt(self, unit: Sequence[int]) -> None:
        """One transaction: all operations at these places, or none of them. Raises Unavailable."""
        prepared: dict[int, Callable[[Transaction], Kept | None]] = {}
        at = unit[0]

        def work(tx: Transaction) -> Records:
            nonlocal at
            records: Records = []
            for place, fulfil in prepared.items():
                at = place
                records.append(fulfil(tx))
            return records

        try:
            for at in unit:
                operation = self._operations[at]
                prepared[at] = self._ways.fulfilling(self._wish(operation), _status(operation))
            records = self._ways.write(work)
        except Unavailable:
            raise
        except Exception as error:  # noqa: BLE001 - as the application's own handler does; the other operations go on
            self._refuse(unit, at, error)
        else:
            for place, record in zip(unit, records, strict=True):
                self._results[place] = self._done(self._operations[place], record)

    def _wish(self, operation: BulkOperation) -> Wish:
        """What the operation asks for, with ids for references. Raises ScimError, NotFound."""
        kind = _KINDS.get(operation.endpoint)
        if kind is None:
            raise NotFound(f"There is no endpoint {operation.path}.")
        if (operation.method == "POST") == (operation.resource_id is not None):
            raise ScimError(405, None, f"{operation.method} is not supported by {operation.path}.")
        for name in sorted(operation.references):
            if name not in self._ids:
                raise invalid_value(f"bulkId:{name}", "names no POST of this request")
            if name in self._failed:
                # RFC 7644 §3.7.1: what cannot be resolved is a conflict, and no fault of this operation.
                raise ScimError(409, None, f"bulkId:{name} was not created, so nothing can refer to it.")
        body = bulk.resolved(operation.data, self._ids) if operation.references else operation.data
        if operation.method == "POST":
            if operation.bulk_id is None:
                raise invalid_value("bulkId", "is required for a POST")
            return Wish("POST", kind, self._ids[operation.bulk_id], body)
        resource_id = bulk.resolved(operation.resource_id, self._ids)
        return Wish(operation.method, kind, resource_id, body, read_conditions(operation.version, None))

    def _done(self, operation: BulkOperation, record: Kept | None) -> dict[str, Any]:
        status, kind = _status(operation), _KINDS[operation.endpoint]
        if record is None:
            return bulk.fulfilled(operation, status, self._location(operation), None)
        # The revision alone: looking up who is in a group for a tag would cost as much as the group is large.
        location, version = self._locations.of(kind.resource_type, record.id), entity_tag(record.version)
        return bulk.fulfilled(operation, status, location, version)

    def _refuse(self, unit: Sequence[int], at: int, error: Exception) -> None:
        """Note that `error` came of the operation at `at`, and that nothing of the unit was done."""
        for place in unit:
            operation = self._operations[place]
            refusal = (
                scim_error_of(error)
                if place == at
                else ScimError(409, None, f"It refers in a circle to Operations[{at}], which failed; neither was done.")
            )
            self._ways.refused(refusal, error, self._asked(operation))
            self._results[place] = bulk.failed(operation, refusal, self._location(operation))
            self._errors += 1
            if operation.method == "POST" and operation.bulk_id is not None:
                self._failed.add(operation.bulk_id)

    def _asked(self, operation: BulkOperation) -> Asked:
        """What the operation asked for, in the words of the log."""
        kind = _KINDS.get(operation.endpoint)
        resource = kind.resource_type.name if kind is not None else operation.endpoint[1:]
        return Asked(operation.method, resource, self._identified(operation, operation.resource_id), operation.data)

    def _location(self, operation: BulkOperation) -> str:
        """The address of what the operation is about."""
        return self._locations.named(self._identified(operation, operation.path))

    def _identified(self, operation: BulkOperation, text: Any) -> Any:
        """`text` with ids for references; as sent, where the operation refers to nobody."""
        return bulk.resolved(text, self._ids) if operation.references <= self._ids.keys() else text


def _status(operation: BulkOperation) -> int:
    """What a request of its own would be answered when it is done."""
    silent = operation.method == "PATCH" and _KINDS[operation.endpoint].silent_patch
    return 204 if silent else {"POST": 201, "DELETE": 204}.get(operation.method, 200)
