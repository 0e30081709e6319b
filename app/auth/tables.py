"""Credentials. No secret is kept, only what recognises it."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Date,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    text,
)

from app.core.db import Id, Json, Timestamp, metadata, organization_column

oauth_clients = Table(
    "oauth_clients",
    metadata,
    organization_column(),
    Column("id", Id, primary_key=True),
    Column("name", String(128), nullable=False),
    Column("token_minutes", Integer, nullable=False),
    Column("issuer", Text),
    Column("jwks_url", Text),
    Column("subject", Text),
    Column("audiences", Json),
    Column("tenant_id", Id),
    Column("created_at", Timestamp, nullable=False),
    Column("created_by", Text),
    Column("revoked_at", Timestamp),
    Column("last_used_at", Timestamp),
    Index("uq_oauth_clients_id", "id", unique=True),
    Index(
        "uq_oauth_clients_organization_id_name",
        "organization_id",
        "name",
        unique=True,
        sqlite_where=text("revoked_at IS NULL"),
        postgresql_where=text("revoked_at IS NULL"),
    ),
)
"""`id` is the client id, unique in the installation. `issuer` to `tenant_id` are there for a client that proves itself
by somebody else's assertion (auth.oauth.federation) instead of a secret."""

oauth_client_secrets = Table(
    "oauth_client_secrets",
    metadata,
    organization_column(),
    Column("id", Id, primary_key=True),
    Column("client_id", Id, nullable=False),
    Column("digest", LargeBinary(32), nullable=False),
    Column("created_at", Timestamp, nullable=False),
    Column("created_by", Text),
    Column("expires_at", Timestamp),
    Column("revoked_at", Timestamp),
    Column("last_used_at", Timestamp),
    ForeignKeyConstraint(["organization_id", "client_id"], ["oauth_clients.organization_id", "oauth_clients.id"]),
    Index("ix_oauth_client_secrets_client_id", "organization_id", "client_id"),
)
"""`digest` is the SHA-256 of the secret."""

api_tokens = Table(
    "api_tokens",
    metadata,
    organization_column(),
    Column("id", Id, primary_key=True),
    Column("name", String(128), nullable=False),
    Column("lookup", String(16), nullable=False, unique=True),
    Column("digest", LargeBinary(32), nullable=False),
    Column("client_id", Id),
    Column("created_at", Timestamp, nullable=False),
    Column("created_by", Text),
    Column("expires_at", Timestamp),
    Column("revoked_at", Timestamp),
    Column("last_used_at", Timestamp),
    ForeignKeyConstraint(["organization_id", "client_id"], ["oauth_clients.organization_id", "oauth_clients.id"]),
    Index("ix_api_tokens_name", "organization_id", "name"),
    Index("ix_api_tokens_client_id", "organization_id", "client_id"),
    Index("ix_api_tokens_expires_at", "organization_id", "expires_at"),
)
"""`lookup` is the public half of a token, unique in the installation; `digest` the SHA-256 of the whole token.

`created_by` is the actor; older rows have none, and access tokens neither. A row with `client_id` is an access token
that the client got at the token endpoint; its `name` is the client's."""

token_use = Table(
    "token_use",
    metadata,
    organization_column(),
    Column("credential_id", Id, primary_key=True),
    Column("day", Date, primary_key=True),
    Column("kind", String(32), primary_key=True),
    Column("count", BigInteger, nullable=False),
)
"""How often a token, or an OAuth client, was used on a day (UTC) to read: `kind` says what (`users.search`)."""
