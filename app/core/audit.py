"""The audit log: who did what, when, by which request; written in the transaction of what it records."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from sqlalchemy import Column, Index, String, Table, Text

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
    Index("ix_audit_log_at", "organization_id", "at"),
)
"""`actor` is `token:<name>`, `cli`, `invitation:<id>` or `system`; `action` what happened (`card.issued`); `subject` to
what: its id or name."""
