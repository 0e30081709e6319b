"""An organization as the file that makes it, with its pictures."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass

from app.auth.sign_in import provider
from app.cards import assets, bindings, issuing, template_store
from app.cards.applying.nodes import MAX_BYTES, MAX_TEXT
from app.cards.applying.writing import written
from app.core.errors import NotFound, Refused
from app.core.unit_of_work import Transaction
from app.directory import organizations


@dataclass(frozen=True, slots=True)
class Export:
    """A file's text and, by name, the pictures that must lie beside it; none where the text holds them itself."""

    text: str
    pictures: Mapping[str, bytes]


def export(tx: Transaction, *, pictures_beside: bool) -> Export:
    """The organization's settings, templates and bindings in one state: others write once this transaction ends.

    Of its provider everything but the secret and the e-mail domains, which no file may give.

    Raises Refused where `apply` would not read what comes of it.
    """
    issuing.hold_organization(tx)
    organization = organizations.current(tx)
    found = _Pictures(tx, beside=pictures_beside)
    sign_in = provider.of_organization(tx)
    text = written(organization, sign_in, template_store.every(tx), bindings.every(tx), found.name)
    if len(text) - found.held > MAX_TEXT:
        raise Refused(f"the templates fill more than {MAX_TEXT // 1024} kB, more than lanyard apply reads at once")
    if len(text.encode()) > MAX_BYTES:
        raise Refused(
            f"with its pictures the file would have more than {MAX_BYTES // 1024} kB, more than lanyard apply reads;"
            " write the pictures beside it with --pictures DIR"
        )
    head = f"# {organization.name} ({organization.slug}), exported {tx.now:%Y-%m-%d %H:%M} UTC\n"
    return Export(head + text, found.beside)


class _Pictures:
    """Names pictures for the file, each read once."""

    def __init__(self, tx: Transaction, *, beside: bool) -> None:
        self._tx = tx
        self._names: dict[str, str] = {}
        self._is_beside = beside
        self.beside: dict[str, bytes] = {}
        self.held = 0
        """Characters of all pictures that the text holds."""

    def name(self, asset_id: str) -> str:
        """What the file says for the picture. Raises NotFound where it is not kept."""
        if asset_id not in self._names:
            asset = assets.find(self._tx, asset_id)
            if asset is None:
                raise NotFound(f"the picture {asset_id} of a template is not kept")
            self._names[asset_id] = self._named(asset)
        name = self._names[asset_id]
        self.held += 0 if self._is_beside else len(name)
        return name

    def _named(self, asset: assets.Asset) -> str:
        if not self._is_beside:
            return f"data:{asset.content_type};base64,{base64.b64encode(asset.content).decode()}"
        name = f"{asset.id[:16]}.{asset.content_type.rpartition('/')[2]}"
        self.beside[name] = asset.content
        return name
