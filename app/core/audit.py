"""The audit log: who did what, when, by which request; written in the transaction of what it records."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from sqlalchemy import Column, Index, String, Table, Text, text

from app.core.db import Id, Json, Timestamp, metadata, organization_column


class Deed(NamedTuple):
    """Something that a transaction did: a line of the audit log, or what is worth telling without one."""

    action: str
    subject: str
    detail: Mapping[str, Any]


audit_log = Table(
    "audit_log",
    metadata,
    organization_column(),
    Column("id", Id, primary_key=True),
    Column("at", Timestamp, nullable=False),
    Column("actor", Text, nullable=False),
    Column("action", String(64), nullable=False),
    Column("subject", Text, nullable=False),
    Column("detail", Json),
    Column("request_id", String(64)),
    Index("ix_audit_log_subject", "organization_id", "subject", "id"),
    Index(
        "ix_audit_log_hands",
        "organization_id",
        "id",
        sqlite_where=text("actor NOT LIKE 'token:%' AND actor NOT LIKE 'client:%'"),
        postgresql_where=text("actor NOT LIKE 'token:%' AND actor NOT LIKE 'client:%'"),
    ),
)
"""`id` sorts by time, so the primary key is the index of the whole list. `actor` is `token:<name>`, `client:<name>`
(OAuth), `person:<id>`, `visitor:<name>`, `cli`, `invitation:<id>` or `system`; `action` what happened (`card.issued`);
`subject` to what: its id or name."""
