"""Roles: who holds what, a role for somebody, the end of one; and the links that sign an owner in."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Response, request

from app.auth.sign_in import asking, holders, links, provider, roles
from app.auth.sign_in.holders import PERSON, SINCE, Wanted
from app.auth.sign_in.roles import ACCESS, CHANGE, OWNER, ROLES, SEE
from app.console import exports, listing, notices, shell
from app.console.fields import text
from app.console.listing import Asked, Choice, Column, Listing
from app.console.sensitive import sensitive
from app.console.shell import BOTH, GET, POST
from app.core import clock
from app.core.clock import rfc3339
from app.core.unit_of_work import Reader, Transaction
from app.directory import actors, looking_up, organizations
from app.directory.looking_up import Somebody

SECTION = "roles"
PATH = "/console/roles"
SAYS = {
    "owner": "Everything, and alone: tokens, sign-in, roles, the organization.",
    "directory-admin": "People, groups, the log, data quality, held removals, invitations; sees the rest.",
    "template-admin": "Templates and bindings; sees people and cards.",
    "card-admin": "Issues, moves, edits, pauses and deletes cards; sees people and templates.",
    "auditor": "Sees everything and changes nothing.",
}
ROLE = Choice("role", "Role", {role: role for role in ROLES})
COLUMNS = (Column("Who", PERSON), Column("Role", holders.ROLE), Column("Since", SINCE))
EXPORTED = ("name", "user name", "role", "since", "given by", "active in the directory")


@asking.role(ACCESS, SEE)
def index() -> Response:
    """GET /console/roles"""
    asked, now = _asked(), clock.now()
    with shell.reading() as reader:
        page = holders.given(reader, _wanted(asked), asked.column, asked.place, descending=asked.descending)
        claimed = holders.by_claim(reader, now)
        configured = provider.of_organization(reader)
        waiting = links.unused(reader, now)
        by = actors.names(reader, {*(row.granted_by for row in page.rows), *(one.made_by for one in waiting)})
    columns = (*COLUMNS, Column("")) if shell.may(ACCESS, CHANGE) else COLUMNS
    shown = Listing(
        asked, columns, page.rows, page,
        searched="name, user name, e-mail or department", choices=(ROLE,), export=f"{PATH}.csv",
        nothing="Nobody has a role that was given here.",
    )  # fmt: skip
    return shell.page(
        "roles/index.html",
        title="Roles",
        section=SECTION,
        listing=shown,
        claimed=claimed,
        provider=configured,
        links=waiting,
        by=by,
        says=SAYS,
        me=asking.session().person_id,
    )


@asking.role(ACCESS, SEE)
def roles_csv() -> Response:
    """GET /console/roles.csv: the roles that were given here and that the list shows, by person."""
    wanted = _wanted(_asked())

    def rows(reader: Reader) -> Iterator[tuple[str | None, ...]]:
        for page in holders.in_pages(reader, wanted):
            by = actors.names(reader, {row.granted_by for row in page})
            for row in page:
                called, active = row.user_name or row.email, "yes" if row.active else "no"
                yield row.display_name, called, row.role, rfc3339(row.granted_at), by[row.granted_by], active

    return exports.csv("roles", EXPORTED, rows)


def _asked() -> Asked:
    return listing.asked(PATH, sorts=holders.SORTS, choices=(ROLE,))


def _wanted(asked: Asked) -> Wanted:
    return Wanted(asked.search, asked.filters.get("role"))


@sensitive
def grant() -> Response:
    """GET: find somebody, choose a role; POST: it is theirs."""
    if request.method == "POST":
        person_id, role = text("person"), text("role")

        def work(tx: Transaction) -> tuple[Somebody, bool]:
            somebody = looking_up.one(tx, person_id)
            return somebody, roles.grant(tx, person_id, role)

        somebody, is_new = asking.write(work)
        said = f"is {role} now, and signs in anew for it" if is_new else f"is {role} already"
        return notices.go(PATH, f"{somebody.user_name} {said}.")
    search = " ".join(request.args.get("search", "").split())[:200]
    with shell.reading() as reader:
        found = looking_up.find(reader, search)
    return shell.page(
        "roles/grant.html",
        title="Give somebody a role",
        section=SECTION,
        search=search,
        found=found,
        more=len(found) == looking_up.MOST,
        says=SAYS,
    )


@sensitive
def revoke(person_id: str, role: str) -> Response:
    """GET: what the end of the role means; POST: it ends. The last owner's wants to have been told."""
    with shell.reading() as reader:
        name = _name(reader, person_id)
    if request.method == "POST" and asking.write(lambda tx: _take(tx, person_id, role)):
        return notices.go(PATH, f"{name} is not {role} any more.")
    with shell.reading() as reader:
        if role not in roles.of_person(reader, person_id):
            return shell.refused(
                f"{name} is not {role} by a role that was given here",
                title="Nothing to take",
                section=SECTION,
                back=PATH,
            )
        last = _is_last(reader, person_id, role)
        claim = provider.of_organization(reader)
    sentences = [f"{name} is signed out everywhere and comes back without the rights of {role}: {SAYS[role]}"]
    if person_id == asking.session().person_id:
        sentences.append("That is you: this session ends as well.")
    if last:
        sentences.append(
            "This is the last owner by a role that was given here. After that nobody can change tokens, sign-in or"
            " roles in the console, but for "
            + (
                f"people to whom the provider's claim {claim.role_claim!r} says owner."
                if claim is not None and claim.role_claim
                else "whoever the operator of the server gives a link: lanyard admin-link."
            )
        )
    return shell.page(
        "confirm.html",
        title=f"Take the role {role} from {name}",
        section=SECTION,
        sentences=sentences,
        hidden={"told": "last owner"} if last else {},
        act="Take it away all the same" if last else "Take it away",
        danger=True,
        to=f"{PATH}/{person_id}/{role}/revoke",
        back=PATH,
    )


def _take(tx: Transaction, person_id: str, role: str) -> bool:
    """Take the role; False where they do not have it, or are the last owner and nobody was told. Of two owners who
    take each other's role at once, the second is asked."""
    organizations.current(tx, lock=True)
    if _is_last(tx, person_id, role) and text("told") != "last owner":
        return False
    return role in ROLES and roles.revoke(tx, person_id, role)


def _is_last(reader: Reader, person_id: str, role: str) -> bool:
    return role == OWNER and holders.other_owners(reader, person_id) == 0


@sensitive
def revoke_link(link_id: str) -> Response:
    """POST: the link opens nothing any more."""
    asking.write(lambda tx: links.revoke(tx, link_id))
    return notices.go(PATH, "The link is revoked. Whoever opens it is told that it is not known.")


def _name(reader: Reader, person_id: str) -> str:
    """What to call somebody who has a role. Raises NotFound for nobody of this organization."""
    return actors.of_person(reader, person_id)


ROUTES: shell.Routes = (
    ("/roles", index, GET),
    ("/roles.csv", roles_csv, GET),
    ("/roles/grant", grant, BOTH),
    ("/roles/<person_id>/<role>/revoke", revoke, BOTH),
    ("/roles/links/<link_id>/revoke", revoke_link, POST),
)
