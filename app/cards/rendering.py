"""What a card shows, computed from template, directory document and the card's own values. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import Any

from app.attributes.definitions import USER
from app.attributes.documents import read
from app.attributes.parsing import parse_path
from app.cards import addresses, links, phones
from app.cards.layout import PHOTO, Item
from app.cards.names import name_of
from app.cards.values import shown_document
from app.cards.view import DIRECTORY, TEMPLATE, Address, CardSource, CardView, Name, Shown, card_url
from app.directory import pictures

NAMELESS = "Business card"
"""What stands where a name would, on a card that has none."""


def render(source: CardSource, public_url: str) -> CardView:
    """The card as people see it; `public_url` is the installation's, without a trailing slash."""
    return _Rendering(source, public_url).view()


def etag(source: CardSource, public_url: str) -> str:
    """Another text whenever the card shows something else, its photo excepted; known without looking at its values."""
    # After a restore the numbers of versions are given again, to something else and later.
    parts = (source.public_id, public_url, source.revised.isoformat(), *map(str, source.versions))
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:24]


def photo_id(source: CardSource, public_url: str) -> str | None:
    """The id of the photo that the card shows once it is ready (`CardView.photo`), without the rest of the card."""
    if source.layout.photo is None:
        return None
    found = _Rendering(source, public_url).photo()
    return found.text if found is not None else None


class _Rendering:
    def __init__(self, source: CardSource, public_url: str) -> None:
        self._source = source
        self._public_url = public_url
        self._document = shown_document(source, public_url)
        self._language = self._first("preferredLanguage")

    def view(self) -> CardView:
        """All that the card shows."""
        source = self._source
        slots = {item.key: self._slot(item) for item in source.layout.general}
        general = {key: shown for key, shown in slots.items() if shown is not None}
        name, named = self._name(next((item for item in source.layout.general if item.key == "name"), None))
        if named is not None:
            general = {"name": named, **general}
        fields = tuple(shown for item in source.layout.fields if (shown := self._field(item)) is not None)
        return CardView(
            public_id=source.public_id,
            url=card_url(self._public_url, source.public_id),
            organization=source.organization,
            template=source.template,
            language=self._language,
            name=name,
            general=general,
            fields=fields,
            layout=source.layout,
            photo=self.photo(),
            revised=source.revised,
            etag=etag(source, self._public_url),
            values={shown.label: shown.text for shown in (*general.values(), *fields)},
        )

    def _name(self, item: Item | None) -> tuple[Name, Shown | None]:
        found = self._value(item) if item is not None else None
        if item is None or found is None:
            return Name(display=NAMELESS), None
        value, origin = found
        name = value if isinstance(value, Name) else Name(display=str(value))
        return name, _shown(item, name.display, origin)

    def _slot(self, item: Item) -> Shown | None:
        found = None if item.key == "name" else self._value(item)
        return None if found is None else _shown(item, str(found[0]), found[1])

    def _field(self, item: Item) -> Shown | None:
        found = self._value(item)
        if found is None:
            return None
        value, origin = found
        if item.kind == "address":
            address = self._address(value)
            if address is None or not address.lines:
                return None
            return _shown(item, ", ".join(address.lines), origin, address=address)
        text = str(value)
        return _shown(
            item,
            text,
            origin,
            href=_LINKS.get(item.kind, _no_link)(item, text, self._source),
            use=phones.use_of(item.source, item.label) if item.kind == "phone" else None,
        )

    def _address(self, value: Any) -> Address | None:
        if isinstance(value, Mapping):
            return addresses.address_of(value, self._source.clear_marker, self._source.phone_region)
        return addresses.from_text(str(value))

    def _value(self, item: Item) -> tuple[Any, str] | None:
        """The item's value and where it came from, by its sync mode; None when nothing shows."""
        own = self._source.own.get(item.key)
        if own is not None and item.sync != "always":
            return (own.value, own.by) if own.value else None
        if item.sync != "never":
            saved = self._source.once.get(item.key)
            if item.sync == "once" and saved is not None and saved.since == item.once_since:
                value = self._whole_name(saved.value) if item.source is None else saved.value
            else:
                value = self._directory_value(item)
            if value is not None:
                return value, DIRECTORY
        return (item.value, TEMPLATE) if item.value else None

    def _directory_value(self, item: Item) -> Any:
        if item.source is None:
            return self._whole_name(self._document) if item.key == "name" else None
        if item.kind == "address":
            # A whole address of which nothing can be shown is no value, so that the next or the template's may show.
            return next((value for value in self._all(item.source) if self._address(value) is not None), None)
        pushed = self._first(item.source)
        return pictures.found_in(self._document) if pushed is None and item.kind == PHOTO else pushed

    def _whole_name(self, document: Any) -> Name | None:
        if not isinstance(document, Mapping):
            return None
        return name_of(document, self._source.clear_marker, self._language)

    def _first(self, source: str) -> Any:
        """The first value at a SCIM path that says something."""
        return next(iter(self._all(source)), None)

    def _all(self, source: str) -> list[Any]:
        found = read(self._document, parse_path(source, USER)) if self._document else []
        return [value for value in found if value != self._source.clear_marker]

    def photo(self) -> Shown | None:
        """The photo that the card shows."""
        item = self._source.layout.photo
        found = self._value(item) if item is not None else None
        photo_id = pictures.named_by(found[0]) if found is not None else None
        return _shown(item, photo_id, found[1]) if item and found and photo_id else None


def _shown(item: Item, text: str, origin: str, **more: Any) -> Shown:
    return Shown(
        key=item.key,
        label=item.label,
        kind=item.kind,
        text=text,
        origin=origin,
        source=item.source if origin == DIRECTORY else None,
        service=item.service,
        **more,
    )


def _no_link(_item: Item, _text: str, _source: CardSource) -> None:
    return None


_LINKS: Mapping[str, Callable[[Item, str, CardSource], str | None]] = {
    "phone": lambda item, text, source: phones.tel_link(text, source.phone_region),
    "email": lambda item, text, source: links.mail_link(text),
    "url": lambda item, text, source: links.web_link(text),
    "social": lambda item, text, source: links.social_link(item.service, text),
}
