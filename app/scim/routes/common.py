"""What the endpoints share: whose request it is, and the one way to write."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from app.auth.guards import bearer
from app.core.unit_of_work import Transaction
from app.scim.resources import Locations
from app.web import scope

T = TypeVar("T")


def locations() -> Locations:
    """Addresses below this installation's public URL."""
    return Locations(scope.settings().public_url)


def write(work: Callable[[Transaction], T]) -> T:
    """What `work` returns, committed, for the organization and in the name of the request's token."""
    return scope.database().write(
        work, organization_id=bearer().organization_id, actor=bearer().actor, request_id=scope.request_id()
    )
