"""The endpoints under `/scim/v2`, listed in one place."""

from __future__ import annotations

from flask import Blueprint

from app.scim.kinds import KINDS
from app.scim.resources import PREFIX
from app.scim.routes import bulk, discovery, me, root
from app.scim.routes.resources import View, views


def create_blueprint() -> Blueprint:
    """All endpoints of the SCIM protocol. Trailing slashes are accepted: a redirect would lose a POST's body."""
    bp = Blueprint("scim", __name__, url_prefix=PREFIX)
    endpoints: tuple[tuple[str, str, View], ...] = (
        *(endpoint for kind in KINDS for endpoint in views(kind)),
        ("GET", "", root.search),
        ("POST", "/.search", root.search),
        ("GET", "/Schemas", discovery.schemas),
        ("GET", "/Schemas/<urn>", discovery.schema),
        ("GET", "/ResourceTypes", discovery.resource_types),
        ("GET", "/ResourceTypes/<name>", discovery.resource_type),
        ("GET", "/ServiceProviderConfig", discovery.service_provider_config),
        ("POST", "/Bulk", bulk.bulk),
        *((method, "/Me", me.not_implemented) for method in ("GET", "POST", "PUT", "PATCH", "DELETE")),
    )
    for method, rule, view in endpoints:
        bp.add_url_rule(
            rule,
            f"{method} {rule}".replace(".", ""),
            view,
            methods=[method],
            strict_slashes=False,
            provide_automatic_options=False,
        )
    return bp
