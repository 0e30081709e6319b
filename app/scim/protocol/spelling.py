"""How directories spell attribute paths (in PATCH, and as keys of objects), turned into RFC 7644's spelling (§3.10)."""

from __future__ import annotations

import re
from collections.abc import Callable

from app.attributes.definitions import ENTERPRISE_USER, ResourceType
from app.attributes.parsing import parse_path
from app.attributes.paths import Path, UnknownAttribute

_OLD_ENTERPRISE = re.compile(r"urn:scim:schemas:extension:enterprise:[12]\.0(:User)?(?=[:.]|$)", re.IGNORECASE)
_OLD_CORE = re.compile(r"urn:scim:schemas:core:[12]\.0(:(User|Group))?(?=[:.]|$)", re.IGNORECASE)
_DOT = re.compile(r"(urn:[^\s\[\"]+:(?:User|Group))\.(?=.)", re.IGNORECASE)


def known_path(text: str, resource_type: ResourceType) -> Path | None:
    """The path that a directory means by `text`; None for an attribute that nobody knows. Raises InvalidPath."""
    try:
        return parse_path(lawful(text, resource_type), resource_type)
    except UnknownAttribute:
        return None


def lawful(text: str, resource_type: ResourceType) -> str:
    """`text` as the RFCs spell it; what is spelled that way already, and what is no path, stays as it is."""
    for deviation in SPELLINGS:
        text = deviation(text, resource_type)
    return text


def names_an_attribute(text: str, resource_type: ResourceType) -> bool:
    """Whether a URN goes on behind that of a known schema; a longer unknown one may be an extension's."""
    known = (resource_type.schema, *resource_type.extensions)
    return any(text.lower().startswith(f"{schema.urn.lower()}:") for schema in known)


def urn_of_a_draft(text: str, resource_type: ResourceType) -> str:
    """OneLogin, early Entra: urn:scim:schemas:extension:enterprise:1.0 (2.0, 2.0:User), from before there was an RFC

    → urn:ietf:params:scim:schemas:extension:enterprise:2.0:User; the core schema's likewise.
    """
    if text[:9].lower() != "urn:scim:":
        return text
    return _OLD_CORE.sub(resource_type.schema.urn, _OLD_ENTERPRISE.sub(ENTERPRISE_USER, text, count=1), count=1)


def dot_behind_a_urn(text: str, _resource_type: ResourceType) -> str:
    """urn:…:2.0:User.department → urn:…:2.0:User:department, of known extensions and others."""
    return _DOT.sub(r"\1:", text, count=1) if text[:4].lower() == "urn:" else text


def manager_without_a_urn(text: str, resource_type: ResourceType) -> str:
    """manager (manager.value, manager[value eq "8c2e"]) → the enterprise extension's manager."""
    alone = text[:7].lower() == "manager" and text[7:8] in {"", ".", "["}
    return f"{ENTERPRISE_USER}:{text}" if alone and resource_type.extension(ENTERPRISE_USER) else text


SPELLINGS: tuple[Callable[[str, ResourceType], str], ...] = (urn_of_a_draft, dot_behind_a_urn, manager_without_a_urn)
