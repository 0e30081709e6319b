"""Photos: what became of each, who uses it, and the files that were made of it."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKeyConstraint, Index, Integer, LargeBinary, String, Table, Text, text

from app.core.db import Id, Json, Timestamp, metadata, organization_column

photos = Table(
    "photos",
    metadata,
    organization_column(),
    Column("id", String(64), primary_key=True),
    Column("source", String(16), nullable=False),
    Column("state", String(8), nullable=False),
    Column("original", String(64)),
    Column("sizes", Json),
    Column("refusal", Text),
    Column("asked_at", Timestamp, nullable=False),
    Column("actor", Text, nullable=False),
    Column("request_id", String(64)),
    Column("done_at", Timestamp),
    Index(
        "ix_photos_waiting",
        "asked_at",
        sqlite_where=text("state = 'waiting' AND source <> 'address'"),
        postgresql_where=text("state = 'waiting' AND source <> 'address'"),
    ),
    Index("ix_photos_original", "organization_id", "original"),
)
"""`id` is how documents and own values name the photo: of one from the directory the SHA-256 of the pushed text, of one
that was uploaded that of its bytes and the part that shows, of one from Microsoft Graph that of a word of its own and
its bytes. `original` is the latter for both, and names the files: it
is known once the photo is `ready`, with its `sizes`. Of a `refused` one `refusal` says why. `asked_at`, `actor` and
`request_id` are of whoever brought it last.

One from a web address (`address`) is another from time to time: then `original` changes, and `refusal` may say of a
`ready` one why nothing newer came."""

photo_fetches = Table(
    "photo_fetches",
    metadata,
    organization_column(),
    Column("photo_id", String(64), primary_key=True),
    Column("address", Text, nullable=False),
    Column("due_at", Timestamp, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("fetched_at", Timestamp),
    Column("etag", Text),
    Column("last_modified", Text),
    ForeignKeyConstraint(
        ["organization_id", "photo_id"],
        ["photos.organization_id", "photos.id"],
        name="fk_photo_fetches_photo_id",
        ondelete="CASCADE",
    ),
    Index("ix_photo_fetches_due_at", "due_at"),
    Index("ix_photo_fetches_organization_id", "organization_id", "due_at"),
)
"""Photos that are fetched from a web address; each goes with its photo. It is fetched once `due_at` has come, which
whoever fetches it moves ahead first. `tries` are those since it was asked for, or since it came last at `fetched_at`
(None where that was no picture), with what its server said of its version."""

photo_uses = Table(
    "photo_uses",
    metadata,
    organization_column(),
    Column("photo_id", String(64), primary_key=True),
    Column("owner", Id, primary_key=True),
    Column("begun_at", Timestamp, nullable=False),
    Column("left_at", Timestamp),
    Column("meanwhile", String(64)),
    Index(
        "ix_photo_uses_left_at",
        "organization_id",
        "left_at",
        sqlite_where=text("left_at IS NOT NULL"),
        postgresql_where=text("left_at IS NOT NULL"),
    ),
)
"""Who uses a photo: the person whose record names it, or the card that has it as its own value. Since `left_at` they
do not, unless a card has saved it (`once`, or the last document of somebody who left). `meanwhile` is the photo that
it took the place of, which shows until this one is ready."""

photo_files = Table(
    "photo_files",
    metadata,
    organization_column(),
    Column("place", String(255), primary_key=True),
    Column("original", String(64), nullable=False),
    Column("size", Integer, nullable=False),
    Column("kind", String(8), nullable=False),
    Column("bytes", Integer, nullable=False),
    Column("touched_at", Timestamp, nullable=False),
    Column("stored_at", Timestamp),
    Column("gone_at", Timestamp),
    Index("ix_photo_files_original", "organization_id", "original", "size", "kind"),
    Index("ix_photo_files_touched_at", "organization_id", "touched_at"),
)
"""The files of photos: `place` is the key in the store, another one each time, so that a file which is being deleted
never takes one with it that was made anew. The row comes before the file (`stored_at`: it is there) and goes after it
(`gone_at`: nobody may use it any more), so that no file is forgotten in the store."""

photo_uploads = Table(
    "photo_uploads",
    metadata,
    organization_column(),
    Column("card_id", Id, primary_key=True),
    Column("id", Id, nullable=False),
    Column("content", LargeBinary),
    Column("box", Json),
    Column("side", String(8), nullable=False),
    Column("sent_at", Timestamp, nullable=False),
    Column("actor", Text, nullable=False),
    Column("request_id", String(64)),
    Column("refusal", Text),
    Index(
        "ix_photo_uploads_waiting",
        "sent_at",
        sqlite_where=text("refusal IS NULL"),
        postgresql_where=text("refusal IS NULL"),
    ),
)
"""What was sent for a card as its own photo and is not that yet, the latest of each card: `content` as it came, `box`
the fractions of it that show, `side` by whose rights. The row goes once the card has the photo. Of one that was refused
`refusal` says why, until another is sent; its `content` is gone."""
