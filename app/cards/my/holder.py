"""Whose pages these are: the person of the session that asks."""

from __future__ import annotations

from dataclasses import dataclass

from app.auth.sign_in import asking


@dataclass(frozen=True, slots=True)
class Holder:
    """A person of an organization."""

    organization_id: str
    person_id: str


def holder() -> Holder:
    """Who is signed in. Raises LookupError outside of views guarded by `asking.person`."""
    session = asking.session()
    if session.person_id is None:
        raise LookupError("the session is no person's")
    return Holder(session.organization_id, session.person_id)
