"""What the last day brought, in sentences: counted where it is much, told where it is little."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, select

from app.core.audit import audit_log
from app.core.db import ORGANIZATION
from app.core.ids import TIMED_PREFIX, timed_id
from app.core.unit_of_work import Reader
from app.directory.log_pages import Wanted, page
from app.web.words import plural

LOOKED_AT = 2_000
"""Lines of the audit log that are counted; a day with more says that it is more."""
TOLD = 5
"""Pushes that are told one by one."""

COUNTED = {
    "user.created": ("person joined", "people joined"),
    "user.deleted": ("person was deleted", "people were deleted"),
    "card.issued": ("card was issued", "cards were issued"),
    "card.resumed": ("card came back", "cards came back"),
    "card.paused": ("card went down", "cards went down"),
    "card.claimed": ("card was claimed by its holder", "cards were claimed by their holders"),
    "card.value_set": ("value was edited", "values were edited"),
    "group.created": ("group was added", "groups were added"),
    "template.changed": ("template was published", "templates were published"),
    "template.created": ("template was made", "templates were made"),
    "role.granted": ("role was given", "roles were given"),
    "token.created": ("token was made", "tokens were made"),
    "session.begun": ("sign-in", "sign-ins"),
    "sign_in.refused": ("sign-in was refused", "sign-ins were refused"),
}
"""What is counted, by the audit log's action, and how it is said of one and of many."""

_ACTIONS = (
    select(audit_log.c.action)
    .where(audit_log.c.organization_id == ORGANIZATION, audit_log.c.id >= bindparam("since"))
    .order_by(audit_log.c.id.desc())
    .limit(LOOKED_AT)
)


@dataclass(frozen=True, slots=True)
class Lately:
    """`counts`: sentences, the most first; `is_more`: they are of the newest lines alone; `pushes`: the last ones."""

    counts: Sequence[str]
    is_more: bool
    pushes: Sequence[Row[Any]]


def changes(reader: Reader, since: datetime) -> Lately:
    """What has happened since. Two queries, both bounded."""
    actions = list(reader.execute(_ACTIONS, {"since": timed_id(since)[:TIMED_PREFIX]}).scalars())
    counted = Counter(action for action in actions if action in COUNTED)
    sentences = [plural(many, *COUNTED[action]) for action, many in counted.most_common()]
    return Lately(sentences, len(actions) == LOOKED_AT, page(reader, Wanted(since=since), size=TOLD).rows)
