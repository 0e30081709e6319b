"""The endpoints under `/scim/v2`, listed in one place."""

from __future__ import annotations

from flask import Blueprint

from app.scim.resources import PREFIX
from app.scim.routes import discovery, groups, users


def create_blueprint() -> Blueprint:
    """All endpoints of the SCIM protocol. Trailing slashes are accepted: a redirect would lose a POST's body."""
    bp = Blueprint("scim", __name__, url_prefix=PREFIX)
    for rule, view, method in (
        ("/Users", users.search, "GET"),
        ("/Users", users.create, "POST"),
        ("/Users/<resource_id>", users.read, "GET"),
        ("/Users/<resource_id>", users.replace, "PUT"),
        ("/Users/<resource_id>", users.modify, "PATCH"),
        ("/Users/<resource_id>", users.remove, "DELETE"),
        ("/Groups", groups.search, "GET"),
        ("/Groups", groups.create, "POST"),
        ("/Groups/<resource_id>", groups.read, "GET"),
        ("/Groups/<resource_id>", groups.replace, "PUT"),
        ("/Groups/<resource_id>", groups.modify, "PATCH"),
        ("/Groups/<resource_id>", groups.remove, "DELETE"),
        ("/Schemas", discovery.schemas, "GET"),
        ("/Schemas/<urn>", discovery.schema, "GET"),
        ("/ResourceTypes", discovery.resource_types, "GET"),
        ("/ResourceTypes/<name>", discovery.resource_type, "GET"),
        ("/ServiceProviderConfig", discovery.service_provider_config, "GET"),
    ):
        name = f"{view.__module__.rpartition('.')[2]}_{view.__name__}"
        bp.add_url_rule(rule, name, view, methods=[method], strict_slashes=False)
    return bp
