"""`/Users`: read the request, run the rule, write the answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from flask import Response

from app.attributes.definitions import USER
from app.attributes.parsing import parse_filter
from app.auth.guards import bearer, organization_token
from app.core.unit_of_work import Reader, Transaction
from app.directory import users
from app.directory.users import UserRecord
from app.scim import requests, searching
from app.scim.protocol.messages import ListQuery, list_response, read_patch
from app.scim.protocol.projection import project, wants
from app.scim.resources import Resource, user_resource
from app.scim.responses import answer, no_content
from app.scim.routes.common import locations, write
from app.scim.service import users as service
from app.web import scope


@organization_token
def search() -> Response:
    """GET /Users"""
    query = requests.list_query()
    wanted = parse_filter(query.filter, USER) if query.filter is not None else None
    with scope.database().read(bearer().organization_id) as reader:
        page = searching.find_users(reader, wanted, query.start_index, query.count)
        resources = _resources(reader, page.records, query)
    return answer(list_response(resources, page.total, query.start_index))


@organization_token
def create() -> Response:
    """POST /Users"""
    query, body = requests.list_query(), requests.body()
    return _changed(lambda tx: service.create(tx, body), query, status=201)


@organization_token
def read(resource_id: str) -> Response:
    """GET /Users/{id}"""
    query = requests.list_query()
    with scope.database().read(bearer().organization_id) as reader:
        [resource] = _resources(reader, [users.find(reader, resource_id)], query)
    return answer(resource)


@organization_token
def replace(resource_id: str) -> Response:
    """PUT /Users/{id}"""
    query, body = requests.list_query(), requests.body()
    return _changed(lambda tx: service.replace(tx, resource_id, body), query)


@organization_token
def modify(resource_id: str) -> Response:
    """PATCH /Users/{id}; answers the whole user, which older validators insist on"""
    query, operations = requests.list_query(), read_patch(requests.body())
    return _changed(lambda tx: service.modify(tx, resource_id, operations), query)


@organization_token
def remove(resource_id: str) -> Response:
    """DELETE /Users/{id}"""
    write(lambda tx: service.remove(tx, resource_id))
    return no_content()


def _changed(work: Callable[[Transaction], UserRecord], query: ListQuery, status: int = 200) -> Response:
    def change_and_read(tx: Transaction) -> Resource:
        [resource] = _resources(tx, [work(tx)], query)
        return resource

    resource = write(change_and_read)
    return answer(resource, status, location=locations().of(USER, resource["id"]))


def _resources(reader: Reader, records: Sequence[UserRecord], query: ListQuery) -> list[Resource]:
    """The records as the query wants them; one query more for the groups of all of them, if it wants groups."""
    groups = (
        users.groups_of(reader, [user.id for user in records])
        if wants("groups", query.attributes, query.excluded_attributes)
        else {}
    )
    return [
        project(
            user_resource(user, groups.get(user.id), locations()), query.attributes, query.excluded_attributes, USER
        )
        for user in records
    ]
