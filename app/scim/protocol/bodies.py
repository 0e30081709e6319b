"""Bodies of POST and PUT as documents that may be stored."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from app.attributes.characteristics import altered, missing, with_what_stays
from app.attributes.definitions import ResourceType, Schema
from app.attributes.documents import EMPTY, normalize
from app.scim.protocol import entra, patch, spelling, values
from app.scim.protocol.errors import invalid_syntax, invalid_value, mutability
from app.scim.protocol.members import MEMBERS
from app.scim.protocol.messages import RawOperation

_PLAIN = re.compile(r"(?!manager$)\w+", re.IGNORECASE)


def read_resource(body: Any, resource_type: ResourceType) -> dict[str, Any]:
    """The document that a body describes, with every required attribute (RFC 7644 §3.3).

    Raises ScimError invalidSyntax for what is no object, invalidValue for a required attribute that is missing;
    attributes.checks.InvalidValue for a value of the wrong type.
    """
    if not isinstance(body, dict):
        raise invalid_syntax(f"The body must be a JSON object that describes a {resource_type.name}.")
    plain: dict[str, Any] = {}
    paths: dict[str, Any] = {}
    _take_apart(body, resource_type, plain, paths)
    document = normalize(plain, resource_type)
    if paths:
        additions = entra.rewrite([RawOperation("add", None, paths)], resource_type)
        document = patch.outcome(document, additions, resource_type)
    lacking = missing(document, resource_type)
    if lacking is not None:
        raise invalid_value(lacking.text, "is required")
    return document


def replaced(before: Mapping[str, Any], document: Mapping[str, Any], resource_type: ResourceType) -> dict[str, Any]:
    """What the document of a PUT makes of the one before (RFC 7644 §3.5.1): what it leaves out is gone.

    What is immutable stays, also when it is left out, and what no answer shows. Raises ScimError mutability for another
    value of something immutable.
    """
    after = with_what_stays(before, document, resource_type)
    changed = altered(before, after, resource_type)
    if changed is not None:
        raise mutability(changed.text, "is set once and then stays as it is")
    return after


def _take_apart(
    body: Mapping[str, Any], resource_type: ResourceType, plain: dict[str, Any], paths: dict[str, Any]
) -> None:
    """`body` into attributes, and keys that are paths, which are what a PATCH without path would add.

    {"title": "CFO", "name.givenName": "Ines", "urn:…:User:department": "Finance"} → title; the other two are paths.
    """
    for sent, value in _with_core_attributes_beside(body, resource_type):
        if _PLAIN.fullmatch(sent):
            attribute = resource_type.attribute(sent) if sent.lower() != MEMBERS else None
            plain[sent] = values.lawful(attribute, value) if attribute else value
            continue
        key = spelling.lawful(sent, resource_type)
        extension = resource_type.extension(key)
        if isinstance(value, dict) and extension is not None:
            before = plain.get(extension.urn)  # under another spelling of the same URN
            plain[extension.urn] = {
                **(before if isinstance(before, dict) else {}),
                **_extension(value, extension, paths),
            }
        elif _is_path(key, value, resource_type):
            paths[key] = value
        else:
            plain[key] = value


def _with_core_attributes_beside(body: Mapping[str, Any], resource_type: ResourceType) -> Iterator[tuple[str, Any]]:
    """The body's keys and values; those in an object under the core schema's URN as if they stood beside it."""
    core = resource_type.schema.urn.lower()
    for key, value in body.items():
        if isinstance(value, dict) and spelling.lawful(key, resource_type).lower() == core:
            yield from value.items()
        else:
            yield key, value


def _extension(sent: Mapping[str, Any], extension: Schema, paths: dict[str, Any]) -> dict[str, Any]:
    """What stands in an extension's object, without the dotted keys, which are put among the paths."""
    kept: dict[str, Any] = {}
    for name, value in sent.items():
        attribute = extension.attribute(name)
        if attribute is not None:
            kept[name] = values.lawful(attribute, value)
        elif "." in name:
            paths[f"{extension.urn}:{name}"] = value
        else:
            kept[name] = value
    return kept


def _is_path(key: str, value: Any, resource_type: ResourceType) -> bool:
    """Whether a key names a place within something else: behind a dot, in brackets, behind a schema's URN."""
    if value in EMPTY:
        return False
    if key.lower().startswith("urn:"):
        # An unknown URN with an object is an extension; with anything else its last part is an attribute.
        unknown = resource_type.extension(key) is None and key.lower() != resource_type.schema.urn.lower()
        return spelling.names_an_attribute(key, resource_type) or (unknown and not isinstance(value, dict))
    return "." in key or "[" in key
