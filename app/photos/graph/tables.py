"""What is kept of Microsoft Graph: rounds over everyone, what it said of each, tokens of people who signed in."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKeyConstraint, Index, String, Table, Text

from app.core.db import Id, Timestamp, metadata, organization_column

graph_rounds = Table(
    "graph_rounds",
    metadata,
    organization_column(),
    Column("begun_at", Timestamp),
    Column("ended_at", Timestamp),
    Column("not_before", Timestamp),
    Column("problem", Text),
    Column("sign_in_problem", Text),
)
"""The round over an organization's people that goes on, or was the last. `begun_at` names it: the hour it belongs to,
or when somebody asked for one. Until `not_before` Graph is left alone. `problem` is why not everybody was asked about
in it, `sign_in_problem` why a person's own token was of no use."""

graph_people = Table(
    "graph_people",
    metadata,
    organization_column(),
    Column("user_id", Id, primary_key=True),
    Column("state", String(8)),
    Column("etag", Text),
    Column("reason", Text),
    Column("asked_at", Timestamp),
    Column("round", Timestamp),
    Column("claimed_until", Timestamp),
    ForeignKeyConstraint(
        ["organization_id", "user_id"], ["scim_users.organization_id", "scim_users.id"], ondelete="CASCADE"
    ),
)
"""What Graph said of the photo of a record's person, last; goes with the record. `etag` is that of the photo which
`state` speaks of. `round` is the `begun_at` of the last round in which they were done; whoever is at work with them has
them until `claimed_until`."""

graph_tokens = Table(
    "graph_tokens",
    metadata,
    organization_column(),
    Column("person_id", Id, primary_key=True),
    Column("token", Text, nullable=False),
    Column("made_at", Timestamp, nullable=False),
    Column("expires_at", Timestamp, nullable=False),
    Column("not_before", Timestamp, nullable=False),
    Index("ix_graph_tokens_not_before", "not_before"),
)
"""Access tokens of people who have just signed in, sealed, until their photo was asked for or they expire. Whoever asks
moves `not_before` ahead first."""
