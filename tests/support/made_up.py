"""A resource type that no standard knows, with every type and every characteristic that a schema can ask for."""

from __future__ import annotations

from typing import Any

from app.attributes.definitions import ResourceType, schema

DEVICE_URN = "urn:example:schemas:2.0:Device"
LEASE_URN = "urn:example:schemas:extension:lease:2.0:Device"


def attribute(name: str, type_: str = "string", *parts: dict[str, Any], many: bool = False, **more: Any) -> Any:
    """An attribute as RFC 7643 §7 writes it down."""
    described: dict[str, Any] = {
        "name": name,
        "type": type_,
        "multiValued": many,
        "required": False,
        "mutability": "readWrite",
        "returned": "default",
        **more,
    }
    return {**described, "subAttributes": list(parts)} if parts else described


DEVICE = ResourceType(
    "Device",
    "/Devices",
    schema(
        {
            "id": DEVICE_URN,
            "name": "Device",
            "description": "",
            "attributes": [
                attribute("label", required=True),
                attribute("serial", mutability="immutable"),
                attribute("exact", mutability="immutable", caseExact=True),
                attribute("badges", many=True, mutability="immutable"),
                attribute("uptime", "integer", mutability="readOnly", required=True),
                attribute("pin", mutability="writeOnly"),
                attribute("secret", returned="never"),
                attribute("history", returned="request"),
                attribute("note"),
                attribute("color", canonicalValues=["red", "green"]),
                attribute("on", "boolean"),
                attribute("weight", "decimal"),
                attribute("slots", "integer"),
                attribute("bought", "dateTime"),
                attribute("manual", "reference", referenceTypes=["external"]),
                attribute("image", "binary", caseExact=True),
                attribute("tags", many=True),
                attribute("sizes", "integer", many=True),
                attribute(
                    "place",
                    "complex",
                    attribute("room", required=True),
                    attribute("building", mutability="immutable"),
                    attribute("floor", "integer", mutability="readOnly"),
                    attribute("code", mutability="writeOnly"),
                    attribute("desk"),
                ),
                attribute(
                    "ports",
                    "complex",
                    attribute("value", required=True),
                    attribute("type"),
                    attribute("primary", "boolean"),
                    attribute("mac", mutability="immutable"),
                    attribute("speed", "integer"),
                    many=True,
                ),
            ],
        }
    ),
    (
        schema(
            {
                "id": LEASE_URN,
                "name": "Lease",
                "description": "",
                "attributes": [
                    attribute("contract", required=True),
                    attribute("start", "dateTime", mutability="immutable"),
                    attribute("state", mutability="readOnly"),
                    attribute("rate", "decimal"),
                    attribute(
                        "lessor",
                        "complex",
                        attribute("value", required=True),
                        attribute("$ref", "reference"),
                        attribute("name"),
                    ),
                ],
            }
        ),
    ),
)
