"""The kinds of resource this server keeps, and how each is found, written and shown: all that endpoints differ in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

import orjson

from app.attributes.definitions import GROUP, USER, ResourceType
from app.core.unit_of_work import Reader, Transaction
from app.directory import groups, users
from app.directory.groups import GroupRecord
from app.directory.users import UserRecord
from app.scim import searching
from app.scim.protocol.messages import RawOperation
from app.scim.protocol.projection import Projection
from app.scim.resources import Locations, Resource, group_resource, user_resource, written_user
from app.scim.searching import Source
from app.scim.service import groups as group_service
from app.scim.service import users as user_service


class Kept(Protocol):
    """What every record has."""

    @property
    def id(self) -> str:
        """The resource's id."""

    @property
    def document(self) -> Mapping[str, Any]:
        """What was pushed, without what the server adds."""

    @property
    def version(self) -> int:
        """How often the resource itself was written, counted from 1."""


Record = TypeVar("Record", bound=Kept)
Stored = TypeVar("Stored")


@dataclass(frozen=True, eq=False)
class Whole(Generic[Stored]):
    """Records whose documents need not be read, and how one is written as a whole resource."""

    source: Source[Stored]
    written: Callable[[Stored, Locations], orjson.Fragment]


@dataclass(frozen=True, eq=False)
class Kind(Generic[Record]):
    """One kind of resource. What `creating`, `replacing` and `modifying` return is checked and waits for its record.

    `creating` takes a body and the new resource's id, None to have one made.
    """

    resource_type: ResourceType
    source: Source[Record]
    find: Callable[[Reader, str], Record]
    lock: Callable[[Transaction, str], Record]
    creating: Callable[[Any, str | None], Callable[[Transaction], Record]]
    replacing: Callable[[Any], Callable[[Transaction, Record], Record]]
    modifying: Callable[[Sequence[RawOperation]], Callable[[Transaction, Record], Record]]
    remove: Callable[[Transaction, Record], None]
    resources: Callable[[Reader, Sequence[Record], Projection, Locations], list[Resource]]
    """Records as whole resources; what hangs on them is looked up for all at once, if the projection wants it."""
    whole: Whole[Any] | None
    """How answers that show everything get their resources, where there is a shorter way."""
    silent_patch: bool
    """Whether a PATCH answers nothing unless `attributes` asks for some: nobody wants 100,000 members back."""


def _users(
    _reader: Reader, records: Sequence[UserRecord], projection: Projection, locations: Locations
) -> list[Resource]:
    wanted = projection.wants("groups")
    return [user_resource(user, locations, with_groups=wanted) for user in records]


def _groups(
    reader: Reader, records: Sequence[GroupRecord], projection: Projection, locations: Locations
) -> list[Resource]:
    wanted = projection.wants("members")
    found = groups.members_of(reader, [group.id for group in records]) if wanted else {}
    return [group_resource(group, found.get(group.id, []) if wanted else None, locations) for group in records]


USERS = Kind[UserRecord](
    resource_type=USER,
    source=searching.USERS,
    find=users.find,
    lock=users.lock,
    creating=user_service.creating,
    replacing=user_service.replacing,
    modifying=user_service.modifying,
    remove=users.remove,
    resources=_users,
    whole=Whole(searching.WHOLE_USERS, written_user),
    silent_patch=False,  # older validators insist on the user
)

GROUPS = Kind[GroupRecord](
    resource_type=GROUP,
    source=searching.GROUPS,
    find=groups.find,
    lock=groups.lock,
    creating=group_service.creating,
    replacing=group_service.replacing,
    modifying=group_service.modifying,
    remove=groups.remove,
    resources=_groups,
    whole=None,
    silent_patch=True,
)

KINDS: tuple[Kind[Any], ...] = (USERS, GROUPS)
