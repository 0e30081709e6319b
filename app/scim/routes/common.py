"""What the endpoints share: whose request it is, and the one way to write and to be recorded."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from flask import Response

from app.auth.guards import bearer
from app.core.unit_of_work import Transaction
from app.scim import refusals
from app.scim.acting import Wish
from app.scim.kinds import Kept
from app.scim.protocol.messages import list_response
from app.scim.protocol.queries import ListQuery
from app.scim.recording import recorded
from app.scim.resources import Locations
from app.scim.responses import answer
from app.scim.searching import Page
from app.web import scope

T = TypeVar("T")


def locations() -> Locations:
    """Addresses below this installation's public URL."""
    return Locations(scope.settings().public_url)


def write(work: Callable[[Transaction], T]) -> T:
    """What `work` returns, committed, for the organization and in the name of the request's token.

    Raises Unavailable also when so many pushes have been writing for so long that they are not waited for.
    """
    with scope.pushes().passed():
        return scope.database().write(
            work, organization_id=bearer().organization_id, actor=bearer().actor, request_id=scope.request_id()
        )


def fulfilling(wish: Wish, status: int) -> Callable[[Transaction], Kept | None]:
    """What fulfils the request's wish and leaves its row in the log; `status` is that of its answer.

    Raises as `acting.prepare`.
    """
    refusals.remember(wish)
    return recorded(wish, started=scope.started(), status=status)


def listed(resources: Sequence[object], page: Page[Any], query: ListQuery) -> Response:
    """The ListResponse of a page, whose records are shown as `resources`."""
    start_index = query.start_index if query.cursor is None else None
    return answer(list_response(resources, page.total, start_index=start_index, next_cursor=page.next_cursor))
