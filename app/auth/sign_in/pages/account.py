"""Somebody's own sessions, with buttons that end them."""

from __future__ import annotations

from flask import Response

from app.auth.sign_in import asking, sessions
from app.auth.sign_in.asking import signed_in
from app.core.errors import NotFound
from app.core.unit_of_work import Transaction
from app.web import pages, scope


@signed_in
def sessions_page() -> Response:
    """Where somebody is signed in."""
    current = asking.session()
    with scope.database().read(current.organization_id) as reader:
        listed = [current] if current.person_id is None else sessions.of_person(reader, current.person_id)
    holding = [one for one in listed if one.is_held(asking.limits())]
    return pages.page("sign_in/sessions.html", title="Where you are signed in", current=current, sessions=holding)


@signed_in
def end_session(session_id: str) -> Response:
    """End one of one's own sessions. Another's is not found."""
    current = asking.session()

    def work(tx: Transaction) -> None:
        if current.person_id is None and session_id != current.id:
            raise NotFound("there is no such session; it may have ended by itself")
        sessions.end(tx, session_id, "ended by its owner", of=current.person_id)

    try:
        asking.write(work)
    except NotFound:
        reason = "It has ended already, or it is none of yours."
        return pages.page("sign_in/bad_link.html", 404, title="There is no such session", reason=reason)
    return pages.go(pages.path("/me/sessions"))
