"""Pictures of templates: checked, stripped of everything but the picture, kept by the hash of their bytes."""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO

from PIL import Image, ImageOps, UnidentifiedImageError
from sqlalchemy import bindparam, delete, insert, select, union

from app.cards.bare_pictures import is_bare
from app.cards.chunks import chunks
from app.cards.tables import assets, template_drafts, template_versions, templates
from app.core.db import ORGANIZATION, Timestamp
from app.core.errors import Refused
from app.core.unit_of_work import Reader, Transaction

MAX_BYTES = 1024 * 1024
MAX_PIXELS = 16_000_000
KEPT_UNUSED = timedelta(days=1)
"""For how long a picture is kept that nothing names."""
QUALITIES = (92, 85, 75)
"""Of saved JPEG and WebP pictures: not told from the original; less where it would be larger than MAX_BYTES."""

_SAVED_AS = {"PNG": ("PNG", "image/png"), "WEBP": ("WEBP", "image/webp")}
_AS_JPEG = ("JPEG", "image/jpeg")
_JPEG_MODES = frozenset({"RGB", "L"})

_CONTENT = select(assets.c.content_type, assets.c.bytes).where(
    assets.c.organization_id == ORGANIZATION, assets.c.id == bindparam("asset")
)
_PRESENT = select(assets.c.id).where(
    assets.c.organization_id == ORGANIZATION, assets.c.id.in_(bindparam("listed", expanding=True))
)
_NAMED_BY = (("design", "logo"), ("design", "cover"), ("video", "poster"))
"""Where a layout names pictures."""

_DELETE_UNUSED = delete(assets).where(
    assets.c.organization_id == ORGANIZATION,
    assets.c.created_at < bindparam("before", type_=Timestamp),
    assets.c.id.not_in(
        union(
            *(
                select(table.c.layout[path].as_string()).where(
                    table.c.organization_id == ORGANIZATION, table.c.layout[path].as_string().is_not(None)
                )
                for table in (templates, template_versions, template_drafts)
                for path in _NAMED_BY
            )
        )
    ),
)


@dataclass(frozen=True, slots=True)
class Asset:
    """A picture as it is served."""

    content_type: str
    content: bytes

    @property
    def id(self) -> str:
        """SHA-256 of the content in hex."""
        return hashlib.sha256(self.content).hexdigest()


def read_picture(content: bytes) -> Asset:
    """The picture in a PNG, JPEG or WebP file, upright, without metadata; of an animation the first frame.

    What a file is, its first bytes say, never its name. The same content gives the same asset, and what was read once
    stays as it is: a picture without anything else is kept byte for byte. Raises Refused with the reason, worded to
    follow the file's name.
    """
    if len(content) > MAX_BYTES:
        raise Refused(f"has more than {MAX_BYTES // 1024} kB")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            image = Image.open(BytesIO(content), formats=("PNG", "JPEG", "WEBP"))
        if image.width * image.height > MAX_PIXELS:
            raise Refused(f"has more than {MAX_PIXELS // 1_000_000} megapixels")
        return _saved(image, content)
    except UnidentifiedImageError as error:
        raise Refused("is not a PNG, JPEG or WebP picture") from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise Refused(f"has more than {MAX_PIXELS // 1_000_000} megapixels") from error
    except (OSError, SyntaxError, ValueError) as error:
        raise Refused("is a damaged picture") from error


def find(reader: Reader, asset_id: str) -> Asset | None:
    """The organization's picture with this id, or None."""
    row = reader.execute(_CONTENT, {"asset": asset_id}).one_or_none()
    return None if row is None else Asset(row.content_type, row.bytes)


def present(reader: Reader, asset_ids: Collection[str]) -> frozenset[str]:
    """Those of `asset_ids` that are kept; one query for a template's, none for none."""
    return (
        frozenset(row.id for row in reader.execute(_PRESENT, {"listed": sorted(asset_ids)}))
        if asset_ids
        else frozenset()
    )


def store(tx: Transaction, pictures: Collection[Asset]) -> None:
    """Keep `pictures`; those that are kept already are not written again."""
    wanted = {picture.id: picture for picture in pictures}
    for listed in chunks(sorted(wanted)):
        present = {row.id for row in tx.execute(_PRESENT, {"listed": listed})}
        missing = [
            {
                "id": asset_id,
                "content_type": wanted[asset_id].content_type,
                "bytes": wanted[asset_id].content,
                "created_at": tx.now,
            }
            for asset_id in listed
            if asset_id not in present
        ]
        if missing:
            tx.execute(insert(assets), missing)


def remove_unused(tx: Transaction) -> None:
    """Delete the pictures that no template, no kept version and no draft names any more.

    Those of the last day stay: they may stand in a form that somebody has not saved yet.

    Whoever keeps pictures and whoever calls this holds the organization (issuing.hold_organization): a picture that
    is there already is not written again.
    """
    tx.execute(_DELETE_UNUSED, {"before": tx.now - KEPT_UNUSED})


def _saved(image: Image.Image, content: bytes) -> Asset:
    kind, content_type = _SAVED_AS.get(image.format or "", _AS_JPEG)
    if is_bare(content) and (kind != "JPEG" or image.mode in _JPEG_MODES):
        image.load()  # says whether it is damaged
        return Asset(content_type, content)
    # The colour profile stays, or a logo changes its colours; but one for print does not fit what is made for screens.
    profile = image.info.get("icc_profile") if image.mode != "CMYK" else None
    upright = ImageOps.exif_transpose(image)
    if kind == "JPEG" and upright.mode not in _JPEG_MODES:
        upright = upright.convert("RGB")
    upright.info = {key: value for key, value in upright.info.items() if key == "transparency"}
    for quality in QUALITIES:
        stream = BytesIO()
        upright.save(stream, kind, icc_profile=profile, quality=quality, exif=b"")
        if stream.tell() <= MAX_BYTES:
            return Asset(content_type, stream.getvalue())
    raise Refused(f"has more than {MAX_BYTES // 1024} kB without its metadata; save it smaller")
