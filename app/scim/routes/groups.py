"""`/Groups`: read the request, run the rule, write the answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from flask import Response

from app.attributes.definitions import GROUP
from app.attributes.parsing import parse_filter
from app.auth.guards import bearer, organization_token
from app.core.unit_of_work import Reader, Transaction
from app.directory import groups
from app.directory.groups import GroupRecord
from app.scim import requests, searching
from app.scim.protocol.messages import ListQuery, list_response, read_patch
from app.scim.protocol.projection import project, wants
from app.scim.resources import Resource, group_resource
from app.scim.responses import answer, no_content
from app.scim.routes.common import locations, write
from app.scim.service import groups as service
from app.web import scope


@organization_token
def search() -> Response:
    """GET /Groups"""
    query = requests.list_query()
    wanted = parse_filter(query.filter, GROUP) if query.filter is not None else None
    with scope.database().read(bearer().organization_id) as reader:
        page = searching.find_groups(reader, wanted, query.start_index, query.count)
        resources = _resources(reader, page.records, query)
    return answer(list_response(resources, page.total, query.start_index))


@organization_token
def create() -> Response:
    """POST /Groups"""
    query, body = requests.list_query(), requests.body()
    return _changed(lambda tx: service.create(tx, body), query, status=201)


@organization_token
def read(resource_id: str) -> Response:
    """GET /Groups/{id}"""
    query = requests.list_query()
    with scope.database().read(bearer().organization_id) as reader:
        [resource] = _resources(reader, [groups.find(reader, resource_id)], query)
    return answer(resource)


@organization_token
def replace(resource_id: str) -> Response:
    """PUT /Groups/{id}"""
    query, body = requests.list_query(), requests.body()
    return _changed(lambda tx: service.replace(tx, resource_id, body), query)


@organization_token
def modify(resource_id: str) -> Response:
    """PATCH /Groups/{id}; answers nothing (nobody wants 100,000 members back) unless `attributes` asks for some"""
    query, operations = requests.list_query(), read_patch(requests.body())
    if query.attributes:
        return _changed(lambda tx: service.modify(tx, resource_id, operations), query)
    write(lambda tx: service.modify(tx, resource_id, operations))
    return no_content()


@organization_token
def remove(resource_id: str) -> Response:
    """DELETE /Groups/{id}"""
    write(lambda tx: service.remove(tx, resource_id))
    return no_content()


def _changed(work: Callable[[Transaction], GroupRecord], query: ListQuery, status: int = 200) -> Response:
    def change_and_read(tx: Transaction) -> Resource:
        [resource] = _resources(tx, [work(tx)], query)
        return resource

    resource = write(change_and_read)
    return answer(resource, status, location=locations().of(GROUP, resource["id"]))


def _resources(reader: Reader, records: Sequence[GroupRecord], query: ListQuery) -> list[Resource]:
    """The records as the query wants them; one query more for the members of all of them, if it wants members."""
    wanted = wants("members", query.attributes, query.excluded_attributes)
    members = groups.members_of(reader, [group.id for group in records]) if wanted else {}
    return [
        project(
            group_resource(group, members.get(group.id, []) if wanted else None, locations()),
            query.attributes,
            query.excluded_attributes,
            GROUP,
        )
        for group in records
    ]
