"""How people sign in, who they then are, and their sessions."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKeyConstraint, Index, LargeBinary, String, Table, Text, text

from app.core.db import Id, Json, Timestamp, metadata, organization_column

providers = Table(
    "sign_in_providers",
    metadata,
    organization_column(),
    Column("issuer", Text, nullable=False),
    Column("client_id", Text, nullable=False),
    Column("client_secret", Text, nullable=False),
    Column("tenant_id", Id),
    Column("role_claim", Text),
    Column("role_values", Json),
    Column("changed_at", Timestamp, nullable=False),
)
"""The OpenID provider of an organization. `client_secret` is sealed (core.secrets); `role_claim` names the claim of the
ID token that lists roles."""

domains = Table(
    "sign_in_domains",
    metadata,
    organization_column(),
    Column("domain", String(255), primary_key=True),
    Index("uq_sign_in_domains_domain", "domain", unique=True),
)
"""E-mail domains, folded, by which people find their organization; the operator gives each to one organization."""

identities = Table(
    "identities",
    metadata,
    organization_column(),
    Column("issuer", Text, primary_key=True),
    Column("subject", String(255), primary_key=True),
    Column("person_id", Id, nullable=False),
    Column("linked_at", Timestamp, nullable=False),
    ForeignKeyConstraint(["organization_id", "person_id"], ["people.organization_id", "people.id"]),
    Index("uq_identities_organization_id_person_id_issuer", "organization_id", "person_id", "issuer", unique=True),
)
"""Whom a provider's subject is: `issuer` and `sub`; of an Entra tenant the object id stands for `sub`."""

roles = Table(
    "roles",
    metadata,
    organization_column(),
    Column("person_id", Id, primary_key=True),
    Column("role", String(32), primary_key=True),
    Column("granted_at", Timestamp, nullable=False),
    Column("granted_by", Text, nullable=False),
    ForeignKeyConstraint(["organization_id", "person_id"], ["people.organization_id", "people.id"]),
)

sessions = Table(
    "sessions",
    metadata,
    organization_column(),
    Column("id", LargeBinary(32), primary_key=True),
    Column("public_id", Id, nullable=False),
    Column("person_id", Id),
    Column("who", Text, nullable=False),
    Column("roles", Json, nullable=False),
    Column("issuer", Text),
    Column("subject", Text),
    Column("provider_session", Text),
    Column("id_token", Text),
    Column("user_agent", Text),
    Column("created_at", Timestamp, nullable=False),
    Column("seen_at", Timestamp, nullable=False),
    Column("expires_at", Timestamp, nullable=False),
    Column("proved_at", Timestamp),
    ForeignKeyConstraint(["organization_id", "person_id"], ["people.organization_id", "people.id"]),
    Index("uq_sessions_id", "id", unique=True),
    Index("uq_sessions_public_id", "public_id", unique=True),
    Index("ix_sessions_person_id", "organization_id", "person_id"),
    Index("ix_sessions_provider_session", "organization_id", "issuer", "provider_session"),
    Index("ix_sessions_subject", "organization_id", "issuer", "subject"),
    Index("ix_sessions_expires_at", "organization_id", "expires_at"),
    Index(
        "ix_sessions_roles",
        "organization_id",
        "public_id",
        sqlite_where=text("roles <> '[]'"),
        postgresql_where=text("roles <> '[]'"),
    ),
)
"""`id` is the digest of what the cookie holds, `public_id` what lists of sessions call it. `roles` are those at
sign-in: a change of roles ends the session. `provider_session` is the provider's `sid`, `id_token` (sealed) its hint at
logout. `proved_at` is when it was last made sure who somebody is, as far as that is known."""

links = Table(
    "sign_in_links",
    metadata,
    organization_column(),
    Column("digest", LargeBinary(32), primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("person_id", Id),
    Column("made_at", Timestamp, nullable=False),
    Column("made_by", Text, nullable=False),
    Column("expires_at", Timestamp, nullable=False),
    Column("used_at", Timestamp),
    ForeignKeyConstraint(["organization_id", "person_id"], ["people.organization_id", "people.id"]),
    Index("uq_sign_in_links_digest", "digest", unique=True),
    Index("ix_sign_in_links_person_id", "organization_id", "person_id", "made_at"),
)
"""Links that sign somebody in once: as owner (the set-up link of an organization, and break-glass links), or, with
`person_id`, a person whom no directory knows."""
