"""The endpoints of one kind of resource: read the request, fulfil the wish, write the answer (RFC 7644 §3.2-§3.6)."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from flask import Response

from app.auth.guards import bearer, organization_token
from app.core.unit_of_work import Transaction
from app.scim import requests, searching
from app.scim.acting import Wish
from app.scim.kinds import Kind, Record
from app.scim.protocol.projection import Projection
from app.scim.resources import Resource
from app.scim.responses import answer, no_content, not_modified
from app.scim.routes.common import fulfilling, listed, locations, write
from app.web import scope

View = Callable[..., Response]


def views(kind: Kind[Record]) -> Iterator[tuple[str, str, View]]:
    """(method, rule below the prefix, view) of every endpoint that resources of this kind have."""
    collection = kind.resource_type.endpoint
    one = f"{collection}/<resource_id>"

    @organization_token
    def search() -> Response:
        query = requests.list_query()
        with scope.database().read(bearer().organization_id) as reader:
            if kind.whole is not None and query.projection.is_everything(kind.resource_type):
                page = searching.find(reader, kind.whole.source, query, locations())
                return listed([kind.whole.written(record, locations()) for record in page.records], page, query)
            page = searching.find(reader, kind.source, query, locations())
            found = kind.resources(reader, page.records, query.projection, locations())
        shown = [query.projection.of(resource, kind.resource_type) for resource in found]
        return listed(shown, page, query)

    @organization_token
    def create() -> Response:
        return _fulfilled(Wish("POST", kind, None, requests.body()), requests.projection(), status=201)

    @organization_token
    def read(resource_id: str) -> Response:
        projection, conditions = requests.projection(), requests.conditions()
        with scope.database().read(bearer().organization_id) as reader:
            [resource] = kind.resources(reader, [kind.find(reader, resource_id)], projection, locations())
        if conditions.is_unchanged(resource["meta"]["version"]):
            return not_modified(resource["meta"]["version"])
        return _shown(kind, resource, projection)

    @organization_token
    def replace(resource_id: str) -> Response:
        wish = Wish("PUT", kind, resource_id, requests.body(), requests.conditions())
        return _fulfilled(wish, requests.projection())

    @organization_token
    def modify(resource_id: str) -> Response:
        wish = Wish("PATCH", kind, resource_id, requests.body(), requests.conditions())
        projection = requests.projection()
        if kind.silent_patch and not projection.attributes:
            write(fulfilling(wish, 204))
            return no_content()
        return _fulfilled(wish, projection)

    @organization_token
    def remove(resource_id: str) -> Response:
        write(fulfilling(Wish("DELETE", kind, resource_id, conditions=requests.conditions()), 204))
        return no_content()

    yield "GET", collection, search
    yield "POST", f"{collection}/.search", search
    yield "POST", collection, create
    yield "GET", one, read
    yield "PUT", one, replace
    yield "PATCH", one, modify
    yield "DELETE", one, remove


def _fulfilled(wish: Wish, projection: Projection, status: int = 200) -> Response:
    """The resource after the wish, read in the transaction that fulfilled it."""
    fulfil = fulfilling(wish, status)

    def work(tx: Transaction) -> Resource:
        resource: Resource
        [resource] = wish.kind.resources(tx, [fulfil(tx)], projection, locations())
        return resource

    return _shown(wish.kind, write(work), projection, status)


def _shown(kind: Kind[Record], resource: Resource, projection: Projection, status: int = 200) -> Response:
    return answer(
        projection.of(resource, kind.resource_type),
        status,
        location=resource["meta"]["location"],
        etag=resource["meta"]["version"],
    )
