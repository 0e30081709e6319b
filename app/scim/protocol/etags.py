"""Entity tags and the preconditions of requests (RFC 7644 §3.14, RFC 9110 §8.8 and §13.1).

A tag reads `W/"<revision>"` or `W/"<revision>-<digest>"`. The revision counts the changes of the resource itself; the
digest is of what an answer shows besides and other resources own: the groups of a user, the members of a group.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import Any

import orjson

from app.scim.protocol.errors import ScimError

ANY = "*"

_TAG = re.compile(r'\s*(?:W/)?"([^"]*)"\s*(?:,|$)')


def entity_tag(revision: int, derived: Any = None) -> str:
    """The weak tag of a resource at `revision`, shown together with `derived` (JSON of what other resources own)."""
    if not derived:
        return f'W/"{revision}"'
    digest = hashlib.blake2b(orjson.dumps(derived), digest_size=6).hexdigest()
    return f'W/"{revision}-{digest}"'


@dataclass(frozen=True, slots=True)
class Conditions:
    """What must hold for a request to be carried out: tags without quotes, `ANY`, or None where nothing was said."""

    if_match: tuple[str, ...] | None = None
    if_none_match: tuple[str, ...] | None = None

    def check_before_write(self, revision: int) -> None:
        """Return when a write may change the resource, now at `revision`. Raises ScimError 412.

        Only the revision counts: that somebody joined a group meanwhile is no reason to refuse a new title.
        """
        current = str(revision)
        if self.if_match is not None and not any(_revision(tag) in {ANY, current} for tag in self.if_match):
            raise _failed(f'If-Match does not name the current version W/"{current}"; read the resource again')
        if self.if_none_match is not None and any(_revision(tag) in {ANY, current} for tag in self.if_none_match):
            raise _failed(f'If-None-Match names the current version W/"{current}"')

    def is_unchanged(self, tag: str) -> bool:
        """Whether the reader has what `tag` stands for, so that 304 is the answer.

        Raises ScimError 412 when If-Match asks for another version than there is.
        """
        if self.if_match is not None:
            Conditions(self.if_match).check_before_write(int(_revision(_opaque(tag))))
        return self.if_none_match is not None and any(one in {ANY, _opaque(tag)} for one in self.if_none_match)


UNCONDITIONAL = Conditions()


def read_conditions(if_match: str | None, if_none_match: str | None) -> Conditions:
    """The conditions in two header fields; tags may be weak or strong, which is the same here, or lack their quotes."""
    return Conditions(_tags(if_match), _tags(if_none_match))


def _tags(field: str | None) -> tuple[str, ...] | None:
    if field is None:
        return None
    found = tuple(_TAG.findall(field))
    # Some senders leave the quotes away; taking that for "no such version" would refuse all they do.
    return found or tuple(part.strip().removeprefix("W/") for part in field.split(","))


def _opaque(tag: str) -> str:
    return tag.removeprefix("W/").strip('"')


def _revision(opaque: str) -> str:
    return opaque.partition("-")[0]


def _failed(sentence: str) -> ScimError:
    return ScimError(412, None, f"{sentence}.")
