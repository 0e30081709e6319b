"""Organizations, people, and the directory's records as they were pushed."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Float, ForeignKeyConstraint, Index, Integer, String, Table, Text, text

from app.core.db import Document, Id, Json, Timestamp, metadata, organization_column

organizations = Table(
    "organizations",
    metadata,
    Column("id", Id, primary_key=True),
    Column("slug", String(63), nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("seat_limit", Integer),
    Column("seats_taken", Integer),
    Column("settings", Json, nullable=False),
    Column("brake_released_at", Timestamp),
    Column("rules", Id),
    Column("created_at", Timestamp, nullable=False),
)
"""`seats_taken` is kept where there is a seat limit, so that a push need not count: None, when it has to be counted
anew. `rules` names what bindings and templates say (cards.rule_book); None, while nobody has changed them."""

people = Table(
    "people",
    metadata,
    organization_column(),
    Column("id", Id, primary_key=True),
    Column("directory_key", Text),
    Column("email", Text),
    Column("email_key", Text),
    Column("merged_into", Id),
    Column("created_at", Timestamp, nullable=False),
    Column("name", Text),
    Column("called", Text),
    Column("listed", Text),
    Column("standing", String(8)),
    Column("changed_at", Timestamp),
    Column("blocked_at", Timestamp),
    ForeignKeyConstraint(["organization_id", "merged_into"], ["people.organization_id", "people.id"]),
    Index("ix_people_email_key", "email_key"),
    Index("uq_people_organization_id_directory_key", "organization_id", "directory_key", unique=True),
    Index("uq_people_organization_id_email_key", "organization_id", "email_key", unique=True),
    Index(
        "ix_people_merged_into",
        "organization_id",
        "merged_into",
        sqlite_where=text("merged_into IS NOT NULL"),
        postgresql_where=text("merged_into IS NOT NULL"),
    ),
    Index("ix_people_listed", "organization_id", "listed", "id", "standing"),
    Index("ix_people_called", "organization_id", "called", "id"),
    Index("ix_people_changed_at", "organization_id", "changed_at", "id"),
    Index(
        "ix_people_blocked_at",
        "organization_id",
        "blocked_at",
        "id",
        sqlite_where=text("blocked_at IS NOT NULL"),
        postgresql_where=text("blocked_at IS NOT NULL"),
    ),
)
"""The humans. A person outlives the SCIM record; `directory_key` is the directory's immutable id, when it has one.

A person with `merged_into` turned out to be that one, who is merged into nobody: of the row only its keys still count.

Somebody who was invited from outside has `email`, the address they claimed a card with (directory.outsiders);
`email_key` is the same folded. It never says who a record belongs to.

`name`, `called`, `listed` and `standing` are a directory.listed.Listed, `changed_at` is when they last changed; all
None of who was merged, and in no list. The index of `listed` is the order by name, and the whole of what a search looks
at. `blocked_at` is since when an admin keeps the person out, whatever the directory says (cards.blocking).
"""

past_user_names = Table(
    "past_user_names",
    metadata,
    organization_column(),
    Column("id", Id, primary_key=True),
    Column("person_id", Id, nullable=False),
    Column("user_name", Text, nullable=False),
    Column("user_name_key", Text, nullable=False),
    Column("until", Timestamp, nullable=False),
    Column("request_id", String(64)),
    ForeignKeyConstraint(["organization_id", "person_id"], ["people.organization_id", "people.id"]),
    Index("ix_past_user_names_person_id", "organization_id", "person_id", "id"),
    Index("ix_past_user_names_user_name_key", "organization_id", "user_name_key", "id"),
)
"""The user names that people had (directory.past_names). `id` sorts by time; `user_name` is as it was sent,
`user_name_key` folded and shortened; `request_id` is of the request that took the name away."""

scim_users = Table(
    "scim_users",
    metadata,
    organization_column(),
    Column("id", Id, primary_key=True),
    Column("person_id", Id, nullable=False),
    Column("user_name", Text, nullable=False),
    Column("user_name_key", Text, nullable=False),
    Column("external_id", Text),
    Column("active", Boolean, nullable=False),
    Column("display_name", Text),
    Column("email", Text),
    Column("document", Document, nullable=False),
    Column("folded", Json, nullable=False),
    Column("origins", Document),
    Column("found_photo", Document),
    Column("version", Integer, nullable=False),
    Column("created_at", Timestamp, nullable=False),
    Column("modified_at", Timestamp, nullable=False),
    ForeignKeyConstraint(["organization_id", "person_id"], ["people.organization_id", "people.id"]),
    Index("uq_scim_users_organization_id_user_name_key", "organization_id", "user_name_key", unique=True),
    Index("uq_scim_users_organization_id_person_id", "organization_id", "person_id", unique=True),
    Index("ix_scim_users_external_id", "organization_id", "external_id"),
    Index("ix_scim_users_created_at", "organization_id", "created_at", "id"),
)
"""`document` is the resource as pushed; `folded` the same with case-insensitive texts folded, for filters; `origins`
which request set each of its values (directory.origins); `found_photo` the photo that was found for the person
elsewhere than in what was pushed (directory.found_photos)."""

pictures = Table(
    "pictures",
    metadata,
    organization_column(),
    Column("id", String(64), primary_key=True),
    Column("pushed", Text, nullable=False),
    Column("kept_at", Timestamp, nullable=False),
)
"""Photos as they were pushed, which the documents of `scim_users` name by `id`, the SHA-256 of the text in hex
(directory.pictures)."""

scim_groups = Table(
    "scim_groups",
    metadata,
    organization_column(),
    Column("id", Id, primary_key=True),
    Column("display_name", Text, nullable=False),
    Column("display_name_key", Text, nullable=False),
    Column("external_id", Text),
    Column("document", Document, nullable=False),
    Column("folded", Json, nullable=False),
    Column("version", Integer, nullable=False),
    Column("created_at", Timestamp, nullable=False),
    Column("modified_at", Timestamp, nullable=False),
    Index("uq_scim_groups_organization_id_display_name_key", "organization_id", "display_name_key", unique=True),
    Index("ix_scim_groups_external_id", "organization_id", "external_id"),
    Index("ix_scim_groups_created_at", "organization_id", "created_at", "id"),
)

memberships = Table(
    "memberships",
    metadata,
    organization_column(),
    Column("group_id", Id, primary_key=True),
    Column("member_id", String(255), primary_key=True),
    Column("created_at", Timestamp, nullable=False),
    ForeignKeyConstraint(["organization_id", "group_id"], ["scim_groups.organization_id", "scim_groups.id"]),
    Index("ix_memberships_member_id", "organization_id", "member_id", "group_id"),
)
"""`member_id` is as pushed: a user, a group, or an id that (no longer) names anybody and leads to nothing."""

provisioning_log = Table(
    "provisioning_log",
    metadata,
    organization_column(),
    Column("id", Id, primary_key=True),
    Column("at", Timestamp, nullable=False),
    Column("actor", Text, nullable=False),
    Column("request_id", String(64)),
    Column("method", String(8)),
    Column("resource", String(64)),
    Column("resource_id", Id),
    Column("person_id", Id),
    Column("user_name", Text),
    Column("past_name_key", Text),
    Column("sentence", Text, nullable=False),
    Column("status", Integer, nullable=False),
    Column("scim_type", String(32)),
    Column("duration_ms", Float),
    Column("body", Document),
    Index(
        "ix_provisioning_log_person_id",
        "organization_id",
        "person_id",
        "id",
        sqlite_where=text("person_id IS NOT NULL"),
        postgresql_where=text("person_id IS NOT NULL"),
    ),
    Index(
        "ix_provisioning_log_past_name_key",
        "organization_id",
        "past_name_key",
        "id",
        sqlite_where=text("past_name_key IS NOT NULL"),
        postgresql_where=text("past_name_key IS NOT NULL"),
    ),
    Index(
        "ix_provisioning_log_failed",
        "organization_id",
        "id",
        sqlite_where=text("status >= 400"),
        postgresql_where=text("status >= 400"),
    ),
    Index(
        "ix_provisioning_log_groups",
        "organization_id",
        "id",
        sqlite_where=text("resource = 'Group'"),
        postgresql_where=text("resource = 'Group'"),
    ),
)
"""What was pushed, and what it did (directory.provisioning_log). `id` sorts by time, so the primary key is the index of
the whole list. `past_name_key` is a folded user name that leads to the row and that no record need have any more."""

directory_contacts = Table(
    "directory_contacts",
    metadata,
    organization_column(),
    Column("kind", String(32), primary_key=True),
    Column("first_at", Timestamp, nullable=False),
    Column("last_at", Timestamp, nullable=False),
)
"""When the directory first and last asked for something of a kind (`users.search`): reads, which leave no row in the
log."""
