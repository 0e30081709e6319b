"""Where the directories of a kill storm push to: an organization whose two groups each give a card of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import requests
from sqlalchemy import select

from app.cards.tables import cards, templates
from app.core.db import ORGANIZATION
from app.core.errors import Unavailable
from app.core.unit_of_work import Database
from app.directory import organizations
from app.directory.tables import scim_users
from tests.storms.kill_clients import ANSWER_SECONDS, GROUPS, Place
from tests.storms.kill_journal import Journal

FILE = "organization: {brake: {people: 1000000, percent: 100}}\ntemplates:\n" + "".join(
    f"  - {{name: {group!r}, general: {{name: {{sync: always}}, title: {{sync: always}}}}}}\n" for group in GROUPS
) + "bindings:\n" + "".join(f"  - {{group: {group!r}, template: {group!r}}}\n" for group in GROUPS)  # fmt: skip

_ADDRESS = (
    select(cards.c.public_id)
    .join(scim_users, (scim_users.c.organization_id == ORGANIZATION) & (scim_users.c.person_id == cards.c.person_id))
    .join(templates, (templates.c.organization_id == ORGANIZATION) & (templates.c.id == cards.c.template_id))
    .where(cards.c.organization_id == ORGANIZATION)
)


@contextmanager
def prepared(
    slug: str, lanyard: Callable[..., str], base_url: str, database: Database, folder: Path
) -> Iterator[Place]:
    """The place at a server that runs, as a new organization that `lanyard` (the command) makes."""
    lanyard("org", "create", slug)
    (folder / "cards.yaml").write_text(FILE)
    lanyard("apply", str(folder / "cards.yaml"), "--org", slug)
    token = lanyard("token", "create", "--org", slug, "--name", "Entra").strip()
    headers = {"Authorization": f"Bearer {token}"}
    groups = {
        group: requests.post(
            f"{base_url}/scim/v2/Groups", json={"displayName": group}, headers=headers, timeout=ANSWER_SECONDS
        ).json()["id"]
        for group in GROUPS
    }
    with database.read(None) as reader:
        organization_id = organizations.find(reader, slug).id

    def address_of(name: str, group: str) -> str | None:
        wanted = _ADDRESS.where(scim_users.c.user_name == name, templates.c.name == group)
        try:
            with database.read(organization_id) as reader:
                public_id = reader.execute(wanted).scalar_one_or_none()
        except Unavailable:
            return None
        return None if public_id is None else f"/c/{public_id}"

    journal = Journal(folder / "journal")
    try:
        yield Place(organization_id, base_url, token, journal, groups, address_of)
    finally:
        journal.close()
