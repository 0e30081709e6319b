"""Bodies of POST and PUT as documents that may be stored."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.attributes.definitions import ResourceType
from app.attributes.documents import normalize
from app.scim.protocol.entra import rewrite_body
from app.scim.protocol.errors import invalid_syntax, invalid_value


def read_resource(body: Any, resource_type: ResourceType) -> dict[str, Any]:
    """The document that a body describes, with every required attribute (RFC 7644 §3.3).

    Raises ScimError invalidSyntax for what is no object, invalidValue for a required attribute that is missing;
    attributes.documents.InvalidValue for a value of the wrong type.
    """
    if not isinstance(body, Mapping):
        raise invalid_syntax(f"The body must be a JSON object that describes a {resource_type.name}.")
    document = normalize(rewrite_body(body, resource_type), resource_type)
    for attribute in resource_type.schema.attributes:
        if attribute.required and attribute.name not in document:
            raise invalid_value(attribute.name, "is required")
    return document
