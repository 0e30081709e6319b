"""Groups as they were pushed: who is in them, and which templates they lead to. They are changed in the directory."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Response

from app.auth.sign_in.asking import role
from app.auth.sign_in.roles import DIRECTORY, SEE
from app.cards import people_list, rule_book
from app.cards.people_filters import Wanted
from app.cards.people_list import CALLED, CHANGED, NAME
from app.console import exports, listing, shell
from app.console.listing import Column, Listing
from app.console.people import everybody
from app.console.shell import GET
from app.core.clock import rfc3339
from app.core.unit_of_work import Reader
from app.directory import group_list

PATH = "/console/groups"
COLUMNS = (Column("Group", "name"), Column("Members"), Column("Bound to"), Column("Last change"))
MEMBER_COLUMNS = (
    Column("Name", NAME),
    Column("User name", CALLED),
    Column("Directory"),
    Column("Cards"),
    Column("Last change", CHANGED),
)


@role(DIRECTORY, SEE)
def groups() -> Response:
    """GET /console/groups"""
    asked = listing.asked(PATH, sorts=("name",))
    with shell.reading() as reader:
        page, rows = group_list.listed(reader, asked.search, asked.place, descending=asked.descending)
        bound = _bound(reader)
    shown = Listing(
        asked=asked,
        columns=COLUMNS,
        rows=rows,
        page=page,
        searched="the name of a group",
        export=f"{PATH}.csv",
        nothing="No group has been pushed yet. Groups appear here once they are assigned to the app in the directory.",
    )
    return shell.page(
        "groups/list.html", title="Groups", section="groups", listing=shown, bound=bound, counted=group_list.COUNTED
    )


@role(DIRECTORY, SEE)
def groups_csv() -> Response:
    """GET /console/groups.csv: the groups that the list shows, by name."""
    asked = listing.asked(PATH, sorts=("name",))

    def rows(reader: Reader) -> Iterator[tuple[str | None, ...]]:
        bound = _bound(reader)
        for one in group_list.every(reader, asked.search):
            members = f"more than {group_list.COUNTED}" if one.has_more else str(one.members)
            leads_to = ", ".join(name for _, name in bound.get(one.id, ()))
            yield one.display_name, one.external_id, members, leads_to, rfc3339(one.modified_at)

    return exports.csv("groups", ("group", "directory id", "members", "bound to", "last change"), rows)


@role(DIRECTORY, SEE)
def members_csv(group_id: str) -> Response:
    """GET /console/groups/<id>.csv: the members that the list shows, by name. Raises NotFound."""
    asked = listing.asked(f"{PATH}/{group_id}", sorts=people_list.SORTS)
    with shell.reading() as reader:
        found = group_list.find(reader, group_id)
    return everybody.export("members", Wanted(search=asked.search, group_id=found.id))


@role(DIRECTORY, SEE)
def group(group_id: str) -> Response:
    """GET /console/groups/<id>: its bindings, and its members as a list that can be searched."""
    asked = listing.asked(f"{PATH}/{group_id}", sorts=people_list.SORTS)
    with shell.reading() as reader:
        found = group_list.find(reader, group_id)
        page, rows = people_list.page(
            reader,
            Wanted(search=asked.search, group_id=found.id),
            asked.column,
            asked.place,
            descending=asked.descending,
        )
        bound = _bound(reader).get(found.id, [])
    shown = Listing(
        asked=asked,
        columns=MEMBER_COLUMNS,
        rows=rows,
        page=page,
        searched="members",
        export=f"{PATH}/{group_id}.csv",
        nothing="No person is a direct member. Members of groups within a group are not pushed by Entra.",
    )
    return shell.page(
        "groups/group.html", title=found.display_name, section="groups", group=found, listing=shown, bound=bound
    )


def _bound(reader: Reader) -> dict[str, list[tuple[str, str]]]:
    """(id, name) of the templates that each bound group leads to, in the order of the bindings."""
    rules = rule_book.read(reader)
    found: dict[str, list[tuple[str, str]]] = {}
    for one in rules.bounds:
        if one.group_id is not None:
            found.setdefault(one.group_id, []).append((one.template_id, rules.names[one.template_id]))
    return found


ROUTES: shell.Routes = (
    ("/groups", groups, GET),
    ("/groups.csv", groups_csv, GET),
    ("/groups/<group_id>", group, GET),
    ("/groups/<group_id>.csv", members_csv, GET),
)
