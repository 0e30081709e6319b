"""Credentials. No secret is kept, only what recognises it."""

from __future__ import annotations

from sqlalchemy import Column, Index, LargeBinary, String, Table

from app.core.db import Id, Timestamp, metadata, organization_column

api_tokens = Table(
    "api_tokens",
    metadata,
    organization_column(),
    Column("id", Id, primary_key=True),
    Column("name", String(128), nullable=False),
    Column("lookup", String(16), nullable=False, unique=True),
    Column("digest", LargeBinary(32), nullable=False),
    Column("created_at", Timestamp, nullable=False),
    Column("expires_at", Timestamp),
    Column("revoked_at", Timestamp),
    Column("last_used_at", Timestamp),
    Index("ix_api_tokens_name", "organization_id", "name"),
)
"""`lookup` is the public half of a token, unique in the installation; `digest` the SHA-256 of the whole token."""
