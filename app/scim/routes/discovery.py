"""What the server can do, from the same documents it obeys (RFC 7643 §5-§7, RFC 7644 §4)."""

from __future__ import annotations

from typing import Any

from flask import Response, request

from app.attributes.definitions import GROUP, SCHEMAS, USER, ResourceType, Schema
from app.auth.guards import organization_token
from app.auth.oauth.server import token_url
from app.core.errors import NotFound
from app.scim.protocol.bulk import MAX_OPERATIONS
from app.scim.protocol.errors import ScimError
from app.scim.protocol.messages import list_response
from app.scim.protocol.queries import DEFAULT_COUNT, MAX_COUNT
from app.scim.responses import answer
from app.scim.routes.common import locations
from app.web import scope

RESOURCE_TYPE_URN = "urn:ietf:params:scim:schemas:core:2.0:ResourceType"
SCHEMA_URN = "urn:ietf:params:scim:schemas:core:2.0:Schema"
CONFIG_URN = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"


@organization_token
def schemas() -> Response:
    """GET /Schemas"""
    return _list([_schema(schema) for schema in SCHEMAS])


@organization_token
def schema(urn: str) -> Response:
    """GET /Schemas/{urn}"""
    for known in SCHEMAS:
        if known.urn.lower() == urn.lower():
            return answer(_schema(known))
    raise NotFound(f"Schema {urn} not found.")


@organization_token
def resource_types() -> Response:
    """GET /ResourceTypes"""
    return _list([_resource_type(known) for known in (USER, GROUP)])


@organization_token
def resource_type(name: str) -> Response:
    """GET /ResourceTypes/{name}"""
    for known in (USER, GROUP):
        if known.name.lower() == name.lower():
            return answer(_resource_type(known))
    raise NotFound(f"ResourceType {name} not found.")


@organization_token
def service_provider_config() -> Response:
    """GET /ServiceProviderConfig"""
    return answer(
        {
            "schemas": [CONFIG_URN],
            "patch": {"supported": True},
            "bulk": {
                "supported": True,
                "maxOperations": MAX_OPERATIONS,
                "maxPayloadSize": scope.settings().max_body_bytes,
            },
            "filter": {"supported": True, "maxResults": MAX_COUNT},
            "changePassword": {"supported": False},
            "sort": {"supported": True},
            "etag": {"supported": True},
            "pagination": {
                "cursor": True,
                "index": True,
                "defaultPaginationMethod": "index",
                "defaultPageSize": DEFAULT_COUNT,
                "maxPageSize": MAX_COUNT,
            },
            "authenticationSchemes": [
                {
                    "type": "oauthbearertoken",
                    "name": "Bearer token",
                    "description": "A token of the organization, sent as `Authorization: Bearer …` (RFC 6750).",
                    "specUri": "https://www.rfc-editor.org/info/rfc6750",
                    "primary": True,
                },
                {
                    "type": "oauth2",
                    "name": "OAuth 2.0 client credentials",
                    "description": f"A client's short-lived access token (RFC 6749 §4.4) from {token_url()}.",
                    "specUri": "https://www.rfc-editor.org/info/rfc6749",
                },
            ],
            "meta": {
                "resourceType": "ServiceProviderConfig",
                "location": locations().named("/ServiceProviderConfig"),
            },
        }
    )


def _list(resources: list[dict[str, Any]]) -> Response:
    if "filter" in request.args:
        # RFC 7644 §4: a filter here is refused, so that no client takes a part for the whole.
        raise ScimError(403, None, "Discovery endpoints cannot be filtered.")
    return answer(list_response(resources, len(resources), start_index=1))


def _schema(schema: Schema) -> dict[str, Any]:
    location = locations().named(f"/Schemas/{schema.urn}")
    return {**schema.document, "schemas": [SCHEMA_URN], "meta": {"resourceType": "Schema", "location": location}}


def _resource_type(kind: ResourceType) -> dict[str, Any]:
    described: dict[str, Any] = {
        "schemas": [RESOURCE_TYPE_URN],
        "id": kind.name,
        "name": kind.name,
        "endpoint": kind.endpoint,
        "description": kind.schema.description,
        "schema": kind.schema.urn,
        "meta": {"resourceType": "ResourceType", "location": locations().named(f"/ResourceTypes/{kind.name}")},
    }
    if kind.extensions:
        described["schemaExtensions"] = [{"schema": extension.urn, "required": False} for extension in kind.extensions]
    return described
