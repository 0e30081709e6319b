"""What a SCIM server must remember, in the simplest words: dictionaries of users and groups, with the RFC's rules."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

Attributes = dict[str, Any]


class Refused(Exception):
    """The server must answer with this status."""

    def __init__(self, status: int) -> None:
        super().__init__(str(status))
        self.status = status


@dataclass
class Resource:
    """Attributes as pushed, and how often they were changed."""

    attributes: Attributes
    revision: int = 1


@dataclass
class Group(Resource):
    """A group and its members, in the order they came."""

    members: dict[str, None] = field(default_factory=dict)


class Directory:
    """Users and groups by id. Every method raises Refused exactly where the server must."""

    def __init__(self) -> None:
        self.users: dict[str, Resource] = {}
        self.groups: dict[str, Group] = {}

    def check_new_user(self, attributes: Attributes) -> None:
        """Whether there may be another user like this."""
        self._check_free(self.users, "userName", attributes["userName"], None)

    def put_user(self, user_id: str, attributes: Attributes) -> None:
        """Replace all attributes; what is not said is gone, but whether they are active."""
        user = self._user(user_id)
        self._check_free(self.users, "userName", attributes["userName"], user_id)
        self._set(user, {"active": user.attributes["active"], **attributes})

    def patch_user(self, user_id: str, set_to: Attributes, removed: tuple[str, ...]) -> None:
        """Set some attributes and take others away."""
        user = self._user(user_id)
        if "userName" in set_to:
            self._check_free(self.users, "userName", set_to["userName"], user_id)
        kept = {name: value for name, value in user.attributes.items() if name not in removed}
        self._set(user, {**kept, **set_to})

    def delete_user(self, user_id: str) -> None:
        """Forget a user, in the groups as well."""
        self._user(user_id)
        del self.users[user_id]
        for group in self.groups.values():
            group.members.pop(user_id, None)

    def check_new_group(self, name: str) -> None:
        """Whether there may be another group of this name."""
        self._check_free(self.groups, "displayName", name, None)

    def change_group(
        self,
        group_id: str,
        *,
        name: str | None = None,
        add: tuple[str, ...] = (),
        remove: tuple[str, ...] = (),
        all_members: tuple[str, ...] | None = None,
    ) -> None:
        """Rename a group, let members come and go, or name all of them anew."""
        group = self._group(group_id)
        if name is not None:
            self._check_free(self.groups, "displayName", name, group_id)
        members = dict(group.members)
        if all_members is not None:
            members = {one: None for one in members if one in all_members}
            add = (*add, *all_members)
        for one in add:
            members.setdefault(one)
        for one in remove:
            members.pop(one, None)
        attributes = group.attributes if name is None else {**group.attributes, "displayName": name}
        if attributes != group.attributes or members.keys() != group.members.keys():
            group.revision += 1
        group.attributes, group.members = attributes, members

    def delete_group(self, group_id: str) -> None:
        """Forget a group; its members stay."""
        self._group(group_id)
        del self.groups[group_id]

    def groups_of(self, user_id: str) -> set[str]:
        """Ids of the groups that a user is in."""
        return {group_id for group_id, group in self.groups.items() if user_id in group.members}

    def _user(self, user_id: str) -> Resource:
        if user_id not in self.users:
            raise Refused(404)
        return self.users[user_id]

    def _group(self, group_id: str) -> Group:
        if group_id not in self.groups:
            raise Refused(404)
        return self.groups[group_id]

    @staticmethod
    def _check_free(resources: Any, name: str, value: str, but: str | None) -> None:
        for resource_id, resource in resources.items():
            if resource_id != but and resource.attributes[name].casefold() == value.casefold():
                raise Refused(409)

    @staticmethod
    def _set(user: Resource, attributes: Attributes) -> None:
        if attributes != user.attributes:
            user.attributes = attributes
            user.revision += 1
