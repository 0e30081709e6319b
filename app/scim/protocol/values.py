"""What directories send as an attribute's value, turned into what RFC 7643 has there: one named rewrite per deviation.

In bodies and in PATCH alike. Every rewrite takes the attribute and what was sent, and leaves alone what is lawful.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson

from app.attributes.definitions import ENTERPRISE_USER, USER, Attribute
from app.attributes.documents import EMPTY

_MANAGER = USER.attribute("manager", ENTERPRISE_USER)
_NOTHING_OF_ITS_OWN = frozenset({"type", "primary", "display"})
_YES = (True, "true", "True", "TRUE")


def lawful(attribute: Attribute, value: Any) -> Any:
    """`value` as `attribute` may hold it; None where nothing is left. What is wrong otherwise stays for the checks."""
    if attribute.type != "complex" and not isinstance(value, list | dict):
        return value  # nearly everything, and lawful
    for deviation in REWRITES:
        value = deviation(attribute, value)
    return value


def lawful_entry(attribute: Attribute, value: Any) -> Any:
    """The same for one entry of a multi-valued attribute, whose type the path has said already."""
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if isinstance(value, str) and value and _holds_entries(attribute) and attribute.sub("value") is not None:
        value = {"value": value}
    return role_as_json_in_a_text(attribute, value)


def singular_value_in_a_list(attribute: Attribute, value: Any) -> Any:
    """title: [{"value": "CFO"}] (or [{"$ref": null, "value": "CFO"}]) → "CFO"; name: [{…}] → {…}."""
    if attribute.multi_valued or not attribute.described:
        return value
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if attribute.type != "complex" and isinstance(value, dict) and "value" in value:
        return value["value"]
    return value


def manager_as_text(attribute: Attribute, value: Any) -> Any:
    """manager: "8c2e" → {"value": "8c2e"}; "" and {"value": ""} → nobody."""
    if attribute is not _MANAGER:
        return value
    if isinstance(value, dict):
        return None if any(key.lower() == "value" and inner in EMPTY for key, inner in value.items()) else value
    return {"value": value} if value not in EMPTY else None


def plain_text_for_an_entry(attribute: Attribute, value: Any) -> Any:
    """emails: "a@b", or ["a@b", {…}] (WSO2) → [{"type": "work", "value": "a@b"}, {…}].

    Of work where the attribute knows that and no other entry is.
    """
    if not _holds_entries(attribute) or attribute.sub("value") is None or value is None:
        return value
    listed = value if isinstance(value, list) else [value]
    if not any(isinstance(one, str) for one in listed):
        return listed
    kind = attribute.sub("type")
    typed = {str(one.get("type")).lower() for one in listed if isinstance(one, dict)}
    work = {"type": "work"} if kind and "work" in kind.canonical_values and "work" not in typed else {}
    return [{**work, "value": one} if isinstance(one, str) and one else one for one in listed]


def role_as_json_in_a_text(attribute: Attribute, value: Any) -> Any:
    """roles: [{"value": '{"id": …, "value": "Editor", "displayName": "Editor"}'}] (JSON inside a text)

    → [{"value": "Editor", "display": "Editor"}].
    """
    if attribute.name != "roles":
        return value
    return [_role(entry) for entry in value] if isinstance(value, list) else _role(value)


def entry_of_empty_values(attribute: Attribute, value: Any) -> Any:
    """phoneNumbers: [{"type": "mobile", "value": ""}] → []: an attribute that is mapped, and empty at this person."""
    if not _holds_entries(attribute) or not isinstance(value, list):
        return value
    return [entry for entry in value if not _emptied(entry)]


def one_value_primary_twice(attribute: Attribute, value: Any) -> Any:
    """Ping, for want of a private address: emails [{"type": "work", "value": "a@b", "primary": true},
    {"type": "home", "value": "a@b", "primary": true}] → the second one's primary is false.

    Two different values that are both primary remain an error (RFC 7643 §2.4).
    """
    if not _holds_entries(attribute) or not isinstance(value, list):
        return value
    primary = [entry for entry in value if isinstance(entry, dict) and entry.get("primary") in _YES]
    repeated = [
        entry
        for place, entry in enumerate(primary)
        if any(entry.get("value") == earlier.get("value") is not None for earlier in primary[:place])
    ]
    if not repeated:
        return value
    return [{**entry, "primary": False} if any(entry is one for one in repeated) else entry for entry in value]


REWRITES: tuple[Callable[[Attribute, Any], Any], ...] = (
    singular_value_in_a_list,  # before manager_as_text, whose text may come in a list
    manager_as_text,
    plain_text_for_an_entry,
    role_as_json_in_a_text,
    entry_of_empty_values,
    one_value_primary_twice,
)


def _holds_entries(attribute: Attribute) -> bool:
    return attribute.multi_valued and attribute.type == "complex"


def _emptied(entry: Any) -> bool:
    """Whether something in an entry was sent empty, and nothing else is there that says anything."""
    if not isinstance(entry, dict):
        return entry in EMPTY
    if all(entry.values()):
        return False
    left = {key.lower() for key, inner in entry.items() if inner not in EMPTY}
    return len(left) < len(entry) and left <= _NOTHING_OF_ITS_OWN


def _role(entry: Any) -> Any:
    text = entry.get("value") if isinstance(entry, dict) else None
    if not (isinstance(text, str) and text.startswith("{")):
        return entry
    try:
        read = orjson.loads(text)
    except orjson.JSONDecodeError:
        return entry  # a role's value may begin like this and be just a text
    if not (isinstance(read, dict) and isinstance(read.get("value"), str)):
        return entry
    shown = {"display": read["displayName"]} if isinstance(read.get("displayName"), str) else {}
    return {**entry, "value": read["value"], **shown}
