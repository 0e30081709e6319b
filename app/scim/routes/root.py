"""The root, where all kinds of resource are searched as one list (RFC 7644 §3.4.2.1 and §3.4.3)."""

from __future__ import annotations

from flask import Response

from app.auth.guards import bearer, organization_token
from app.scim import everything, requests
from app.scim.kinds import KINDS
from app.scim.resources import Resource
from app.scim.routes.common import listed, locations
from app.web import scope

_SOURCES = tuple(kind.source for kind in KINDS)


@organization_token
def search() -> Response:
    """GET / and POST /.search"""
    query = requests.list_query()
    shown: dict[str, Resource] = {}
    with scope.database().read(bearer().organization_id) as reader:
        page = everything.find(reader, _SOURCES, query, locations())
        for kind in KINDS:
            records = [record for source, record in page.records if source is kind.source]
            for resource in kind.resources(reader, records, query.projection, locations()):
                shown[resource["id"]] = query.projection.of(resource, kind.resource_type)
    return listed([shown[record.id] for _, record in page.records], page, query)
