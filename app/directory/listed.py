"""How people stand in lists: what they are called, the text that is searched, and whether they are there.

It is kept with the person, since not everybody has a record: who was invited, and who has left. It is written with
them and again only when it changes, so that a push of another title or telephone costs nothing here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, update

from app.attributes.definitions import ENTERPRISE_USER
from app.attributes.folding import fold
from app.core.db import ORGANIZATION
from app.core.unit_of_work import Transaction
from app.directory.tables import people
from app.directory.tombstones import without_tombstone

ACTIVE, INACTIVE, LEFT, INVITED = STANDINGS = ("active", "inactive", "left", "invited")
"""Active or not in the directory; deleted there; invited from outside, without a record."""

PART = 150
"""Characters of each part that is searched: what an index takes, four of them together."""


@dataclass(frozen=True, slots=True)
class Listed:
    """What lists know of a person."""

    name: str | None
    """The display name as it was sent, or a name made of its parts."""
    called: str
    """Folded: the user name, that from before Entra's recycle bin, or the last one of somebody who has left; of who was
    invited the address."""
    listed: str
    """Folded: name, user name, e-mail address and department, a line each; the lists' order by name is by this."""
    standing: str

    def columns(self) -> dict[str, Any]:
        """The same as columns of `people`."""
        return {"name": self.name, "called": self.called, "listed": self.listed, "standing": self.standing}


_UPDATE = update(people).where(people.c.organization_id == ORGANIZATION, people.c.id == bindparam("person"))


def of_document(document: Mapping[str, Any]) -> Listed:
    """How somebody with this record stands in lists. Pure."""
    name, user_name = _name(document), document["userName"]
    if not document["active"]:
        user_name = without_tombstone(user_name)
    department = (document.get(ENTERPRISE_USER) or {}).get("department")
    parts = (name or user_name, user_name, mail_of(document), department)
    return Listed(
        name,
        _plain(user_name),
        "\n".join(_plain(part) for part in parts if part),
        ACTIVE if document["active"] else INACTIVE,
    )


def of_address(email: str) -> Listed:
    """How somebody who was invited by this address stands in lists. Pure."""
    return Listed(None, _plain(email), _plain(email), INVITED)


def mail_of(document: Mapping[str, Any]) -> str | None:
    """The e-mail address of a record that lists show: the primary one, else the first. Pure."""
    emails = document.get("emails", ())
    chosen = next((mail for mail in emails if mail.get("primary")), emails[0] if emails else {})
    found: str | None = chosen.get("value")
    return found


def follow(tx: Transaction, person_id: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
    """Have lists show a person as their other document says. No statement where that is the same to them."""
    now = of_document(after)
    if now != of_document(before):
        rewrite(tx, person_id, now)


def rewrite(tx: Transaction, person_id: str, now: Listed) -> None:
    """Have lists show a person like this. One statement."""
    tx.execute(_UPDATE, {"person": person_id, "changed_at": tx.now, **now.columns()})


def leave(tx: Transaction, person_id: str) -> None:
    """Have lists say of a person that the directory has deleted them, under the name they had. One statement."""
    tx.execute(_UPDATE, {"person": person_id, "standing": LEFT, "changed_at": tx.now})


def words(search: str) -> list[str]:
    """The words that somebody searches by, as `Listed.listed` has them; at most eight. Pure."""
    return _plain(search, longest=None).split()[:8]


def _name(document: Mapping[str, Any]) -> str | None:
    parts = document.get("name") or {}
    made = " ".join(filter(None, (parts.get("givenName"), parts.get("familyName"))))
    return document.get("displayName") or parts.get("formatted") or made or None


def _plain(text: str, longest: int | None = PART) -> str:
    """The text folded and on one line, without what a database does not keep in texts."""
    return fold(" ".join(text.replace("\0", " ").split()))[:longest]
