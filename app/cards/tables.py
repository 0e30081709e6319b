"""Templates, the groups they are bound to, cards, and the pictures templates show."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    text,
)

from app.core.db import Document, Id, Json, Timestamp, metadata, organization_column, unindexed

templates = Table(
    "templates",
    metadata,
    organization_column(),
    Column("id", Id, primary_key=True),
    Column("name", Text, nullable=False),
    Column("name_key", Text, nullable=False),
    Column("layout", Json, nullable=False),
    Column("has_once", Boolean, nullable=False),
    Column("exclusive", Text),
    Column("version", Integer, nullable=False),
    Column("created_at", Timestamp, nullable=False),
    Column("modified_at", Timestamp, nullable=False),
    Index("uq_templates_organization_id_name_key", "organization_id", "name_key", unique=True),
)
"""`layout` is a cards.layout.Layout; `has_once` says whether an item of it is `once`, so that pushes need not read it.

`exclusive` is the exclusive set of the template's bindings, or of its last ones: a card whose template was unbound
still moves within the set it was issued in.
"""

template_versions = Table(
    "template_versions",
    metadata,
    organization_column(),
    Column("template_id", Id, primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("name", Text, nullable=False),
    Column("layout", Json, nullable=False),
    Column("made_at", Timestamp, nullable=False),
    Column("actor", Text, nullable=False),
    Column("request_id", String(64)),
    ForeignKeyConstraint(["organization_id", "template_id"], ["templates.organization_id", "templates.id"]),
)
"""Every version of a template that was published, the present one included, as it was, by whom and when."""

template_drafts = Table(
    "template_drafts",
    metadata,
    organization_column(),
    Column("template_id", Id, primary_key=True),
    Column("name", Text, nullable=False),
    Column("layout", Json, nullable=False),
    Column("based_on", Integer, nullable=False),
    Column("modified_at", Timestamp, nullable=False),
    Column("actor", Text, nullable=False),
    ForeignKeyConstraint(["organization_id", "template_id"], ["templates.organization_id", "templates.id"]),
)
"""What a template shall say next, until it is published; `based_on` is the version it was made from."""

bindings = Table(
    "bindings",
    metadata,
    organization_column(),
    Column("id", Id, primary_key=True),
    Column("position", Integer, nullable=False),
    Column("template_id", Id, nullable=False),
    Column("group_name", Text),
    Column("group_external_id", Text),
    Column("group_id", Id),
    ForeignKeyConstraint(["organization_id", "template_id"], ["templates.organization_id", "templates.id"]),
    Index("ix_bindings_position", "organization_id", "position"),
)
"""`position` is precedence, lowest first. `group_name` or `group_external_id` is how the group was named;
`group_id` the group that was found by it, None while the binding waits for one."""

cards = Table(
    "cards",
    metadata,
    organization_column(),
    Column("id", Id, primary_key=True),
    Column("public_id", String(26), nullable=False),
    Column("person_id", Id),
    Column("template_id", Id),
    Column("by_binding", Boolean, nullable=False),
    Column("state", String(8), nullable=False),
    Column("wanted", Boolean, nullable=False),
    Column("paused_by_admin", Boolean, nullable=False),
    Column("kept", Boolean, nullable=False),
    Column("down_at", Timestamp),
    Column("document", Document),
    Column("waiting_since", Timestamp),
    Column("claimed_at", Timestamp),
    Column("own", Json),
    Column("once", Json),
    Column("version", Integer, nullable=False),
    Column("created_at", Timestamp, nullable=False),
    Column("modified_at", Timestamp, nullable=False),
    ForeignKeyConstraint(["organization_id", "person_id"], ["people.organization_id", "people.id"]),
    ForeignKeyConstraint(["organization_id", "template_id"], ["templates.organization_id", "templates.id"]),
    Index("uq_cards_public_id", "public_id", unique=True),
    Index(
        "uq_cards_organization_id_person_id_template_id",
        "organization_id",
        "person_id",
        "template_id",
        unique=True,
        sqlite_where=text("by_binding"),
        postgresql_where=text("by_binding"),
    ),
    Index("ix_cards_person_id", "organization_id", "person_id"),
    Index("ix_cards_template_id", "organization_id", "template_id"),
    Index("ix_cards_state", "organization_id", "state", "waiting_since", "person_id", "id"),
    Index("ix_cards_created_at", "organization_id", "created_at", "id", "state", "paused_by_admin", "template_id"),
    Index("ix_cards_modified_at", "organization_id", "modified_at", "id", "state", "paused_by_admin", "template_id"),
    Index("ix_cards_down_at", "organization_id", "down_at"),
)
"""`wanted`: the directory gives the person this card. `state` follows from it, from `paused_by_admin` and from the
person's seat (cards.decision). A card deleted by hand is `deleted`: its row stays, so that it is not issued again.

`down_at` is since when the directory does not want a card that was up: it is paused, held, or `kept` up by an admin
all the same. While it is up without a record, `document` is the record's last document.

The indexes by time are the orders of lists, and hold all that these are narrowed by: nothing else is read on the way.

`own` holds what the person or an admin set, `once` the first directory values that were saved (cards.values).
"""

OLDEST_FIRST = (unindexed(cards.c.created_at), cards.c.id)
"""The order of one person's cards, or of a few persons'."""

invitations = Table(
    "invitations",
    metadata,
    organization_column(),
    Column("id", Id, primary_key=True),
    Column("template_id", Id, nullable=False),
    Column("email", Text, nullable=False),
    Column("email_key", Text, nullable=False),
    Column("digest", LargeBinary(32), nullable=False),
    Column("made_at", Timestamp, nullable=False),
    Column("made_by", Text, nullable=False),
    Column("expires_at", Timestamp, nullable=False),
    Column("revoked_at", Timestamp),
    Column("claimed_at", Timestamp),
    Column("person_id", Id),
    Column("card_id", Id),
    ForeignKeyConstraint(
        ["organization_id", "template_id"], ["templates.organization_id", "templates.id"], ondelete="CASCADE"
    ),
    Index("uq_invitations_digest", "digest", unique=True),
    Index(
        "uq_invitations_organization_id_email_key_template_id",
        "organization_id",
        "email_key",
        "template_id",
        unique=True,
        sqlite_where=text("claimed_at IS NULL AND revoked_at IS NULL"),
        postgresql_where=text("claimed_at IS NULL AND revoked_at IS NULL"),
    ),
    Index("ix_invitations_made_at", "organization_id", "made_at", "id"),
    Index("ix_invitations_person_id", "organization_id", "person_id"),
)
"""Invitations of people outside the directory. `digest` is the SHA-256 of the token in the link, unique in the
installation. `person_id` and `card_id` are who claimed it and what they got; the card may be gone since."""

card_aliases = Table(
    "card_aliases",
    metadata,
    organization_column(),
    Column("public_id", String(26), primary_key=True),
    Column("card_id", Id, nullable=False),
    Column("created_at", Timestamp, nullable=False),
    ForeignKeyConstraint(["organization_id", "card_id"], ["cards.organization_id", "cards.id"]),
    Index("uq_card_aliases_public_id", "public_id", unique=True),
    Index("ix_card_aliases_card_id", "organization_id", "card_id"),
)
"""Public ids of cards that became one with another card: their addresses lead to that one."""

assets = Table(
    "assets",
    metadata,
    organization_column(),
    Column("id", String(64), primary_key=True),
    Column("content_type", String(32), nullable=False),
    Column("bytes", LargeBinary, nullable=False),
    Column("created_at", Timestamp, nullable=False),
)
"""Pictures of templates. `id` is the SHA-256 of `bytes` in hex, so the same picture is kept once."""
